/** Read a number saved in this browser; 0 where storage is closed to us. */
export function readSaved(key) {
  try {
    return Number(localStorage.getItem(key)) || 0;
  } catch {
    return 0;
  }
}

/** Save a number if the browser lets us. */
export function writeSaved(key, value) {
  try {
    localStorage.setItem(key, String(value));
  } catch {
    // Private windows refuse storage: the record lasts until the window closes.
  }
}
