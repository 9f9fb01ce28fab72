/** The part of seek-bzip that is used; the package has no types of its own. */
declare module 'seek-bzip' {
  const bzip: { decode(input: Uint8Array): Buffer };
  export default bzip;
}
