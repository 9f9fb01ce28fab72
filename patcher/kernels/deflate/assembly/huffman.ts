/**
 * zlib's Huffman codes: which code lengths it gives to symbols of these frequencies, down to how it breaks ties and
 * shortens what is too long, and the canonical codes of given lengths.
 * @see RFC 1951, 3.2.2
 */
const SYMBOLS_MAX: u32 = 288;
const NODES_MAX: u32 = 2 * SYMBOLS_MAX + 1;

const weights = memory.data(4 * NODES_MAX);
const depths = memory.data(NODES_MAX);
const parents = memory.data(2 * NODES_MAX);
const nodeBits = memory.data(NODES_MAX);
/** 1-based; behind its end, downwards from NODES_MAX, the nodes in the order they left it. */
const heap = memory.data(2 * (NODES_MAX + 1));
const bitCounts = memory.data(4 * 17);

let heapLength: u32 = 0;

// @ts-ignore: decorator
@inline
function weight(node: u32): u32 {
  return load<u32>(weights + (<usize>node << 2));
}

// @ts-ignore: decorator
@inline
function heapAt(index: u32): u32 {
  return load<u16>(heap + (<usize>index << 1));
}

// @ts-ignore: decorator
@inline
function setHeap(index: u32, node: u32): void {
  store<u16>(heap + (<usize>index << 1), node);
}

// @ts-ignore: decorator
@inline
function before(a: u32, b: u32): bool {
  const first = weight(a);
  const second = weight(b);
  return first < second || (first === second && load<u8>(depths + a) <= load<u8>(depths + b));
}

function sink(start: u32): void {
  const node = heapAt(start);
  let index = start;
  let child = index << 1;
  while (child <= heapLength) {
    if (child < heapLength && before(heapAt(child + 1), heapAt(child))) child++;
    if (before(node, heapAt(child))) break;
    setHeap(index, heapAt(child));
    index = child;
    child <<= 1;
  }
  setHeap(index, node);
}

/**
 * @param frequencies u32 per symbol.
 * @param lengths u8 per symbol, written; 0 for a symbol that does not occur.
 * @returns The last symbol with a code.
 */
export function assignLengths(frequencies: usize, symbols: u32, longest: u32, lengths: usize): u32 {
  memory.fill(lengths, 0, symbols);
  memory.fill(depths, 0, NODES_MAX);
  heapLength = 0;
  let last: i32 = -1;
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const frequency = load<u32>(frequencies + (<usize>symbol << 2));
    store<u32>(weights + (<usize>symbol << 2), frequency);
    if (frequency === 0) continue;
    last = symbol;
    setHeap(++heapLength, symbol);
  }
  // zlib gives codes to at least two symbols, because some decoders want them.
  while (heapLength < 2) {
    const symbol: u32 = last < 2 ? ++last : 0;
    store<u32>(weights + (<usize>symbol << 2), 1);
    setHeap(++heapLength, symbol);
  }
  for (let index = heapLength >> 1; index >= 1; index--) sink(index);
  const top = joinNodes(symbols);
  measureDepths(top, symbols, longest, lengths);
  return last;
}

/** Join the two lightest nodes until one is left. @returns Where in the heap's array the removed nodes begin. */
function joinNodes(symbols: u32): u32 {
  let node = symbols;
  let top = NODES_MAX;
  do {
    const first = heapAt(1);
    setHeap(1, heapAt(heapLength--));
    sink(1);
    const second = heapAt(1);
    setHeap(--top, first);
    setHeap(--top, second);
    store<u32>(weights + (<usize>node << 2), weight(first) + weight(second));
    store<u8>(depths + node, max(load<u8>(depths + first), load<u8>(depths + second)) + 1);
    store<u16>(parents + (<usize>first << 1), node);
    store<u16>(parents + (<usize>second << 1), node);
    setHeap(1, node++);
    sink(1);
  } while (heapLength >= 2);
  setHeap(--top, heapAt(1));
  return top;
}

function measureDepths(top: u32, symbols: u32, longest: u32, lengths: usize): void {
  memory.fill(bitCounts, 0, 4 * 17);
  store<u8>(nodeBits + heapAt(top), 0);
  let tooLong: i32 = 0;
  for (let index = top + 1; index < NODES_MAX; index++) {
    const node = heapAt(index);
    let bits = <u32>load<u8>(nodeBits + load<u16>(parents + (<usize>node << 1))) + 1;
    if (bits > longest) {
      bits = longest;
      tooLong++;
    }
    store<u8>(nodeBits + node, bits);
    if (node >= symbols) continue;
    addCount(bits, 1);
    store<u8>(lengths + node, bits);
  }
  if (tooLong > 0) shorten(tooLong, symbols, longest, lengths);
}

// @ts-ignore: decorator
@inline
function addCount(bits: u32, change: i32): void {
  const at = bitCounts + (<usize>bits << 2);
  store<i32>(at, load<i32>(at) + change);
}

/** Make room for leaves that lay too deep, then give the lengths anew, the longest to the rarest. */
function shorten(leaves: i32, symbols: u32, longest: u32, lengths: usize): void {
  for (let left = leaves; left > 0; left -= 2) {
    let bits = longest - 1;
    while (bits > 0 && load<i32>(bitCounts + (<usize>bits << 2)) === 0) bits--;
    addCount(bits, -1);
    addCount(bits + 1, 2);
    addCount(longest, -1);
  }
  let index = NODES_MAX;
  for (let bits = longest; bits !== 0; bits--) {
    let left = load<i32>(bitCounts + (<usize>bits << 2));
    while (left > 0) {
      const node = heapAt(--index);
      if (node >= symbols) continue;
      store<u8>(lengths + node, bits);
      left--;
    }
  }
}

/**
 * Canonical codes, bits in the order they are written.
 * @param codes u16 per symbol, written.
 */
export function assignCodes(lengths: usize, symbols: u32, codes: usize): void {
  memory.fill(bitCounts, 0, 4 * 17);
  for (let symbol: u32 = 0; symbol < symbols; symbol++) addCount(load<u8>(lengths + symbol), 1);
  store<i32>(bitCounts, 0);
  let code: u32 = 0;
  for (let bits: u32 = 1; bits < 16; bits++) {
    const at = bitCounts + (<usize>bits << 2);
    const count = load<i32>(at);
    code <<= 1;
    store<u32>(at, code);
    code += count;
  }
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const bits = <u32>load<u8>(lengths + symbol);
    if (bits === 0) continue;
    const at = bitCounts + (<usize>bits << 2);
    store<u16>(codes + (<usize>symbol << 1), reverseBits(load<u32>(at), bits));
    store<u32>(at, load<u32>(at) + 1);
  }
}

export function reverseBits(code: u32, bits: u32): u32 {
  let reversed: u32 = 0;
  let rest = code;
  for (let i: u32 = 0; i < bits; i++) {
    reversed = (reversed << 1) | (rest & 1);
    rest >>= 1;
  }
  return reversed;
}
