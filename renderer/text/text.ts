import { en, type Catalogue } from './en.ts';

/** The catalogue in use. A second language is chosen here and nowhere else. */
export const text: Catalogue = en;
