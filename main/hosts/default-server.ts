/** Where `gantry serve` listens unless told otherwise. */
export const DEFAULT_SERVER = 'http://127.0.0.1:7420';
