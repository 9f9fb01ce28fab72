export { beginFill, endFill, FILL_BYTES, fillUpTo, touchedToFill } from './fill-index';
export { openIndex, touched } from './old-index';
export { beginParse, endParse, PARSE_BYTES, parseUpTo, proposeOld, setSearch } from './parse';
export { setPrices } from './prices';
export { countRows, dropRows } from './rows';
export { beginWalk, endWalk, proposeWalk, walkUpTo } from './walk';
