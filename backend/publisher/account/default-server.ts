/** Where `gantry serve` listens when nothing else is said. */
export const DEFAULT_SERVER = 'http://127.0.0.1:7420';
