/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
const K = new Uint32Array(64);
/** Of the square roots of the first 8 (5.3.3). */
const START = new Uint32Array(8);

function fill(): void {
  const fraction = (x: number): number => ((x - Math.floor(x)) * 2 ** 32) >>> 0;
  for (let n = 2, found = 0; found < 64; n++) {
    let isPrime = true;
    for (let d = 2; d * d <= n && isPrime; d++) {
      isPrime = n % d !== 0;
    }
    if (isPrime) {
      if (found < 8) {
        START[found] = fraction(Math.sqrt(n));
      }
      K[found++] = fraction(Math.cbrt(n));
    }
  }
}

/**
 * SHA-256 in hexadecimal digits.
 *
 * `crypto.subtle` is missing where a server is reached over plain HTTP, and would make every comparison wait.
 */
export function sha256(bytes: Uint8Array): string {
  if (K[0] === 0) {
    fill();
  }
  const length = Math.ceil((bytes.length + 9) / 64) * 64;
  const padded = new Uint8Array(length);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(length - 4, (bytes.length << 3) >>> 0);
  const state = START.slice();
  const w = new Uint32Array(64);
  for (let at = 0; at < length; at += 64) {
    block(state, w, view, at);
  }
  return [...state].map(one => one.toString(16).padStart(8, '0')).join('');
}

type Eight = [number, number, number, number, number, number, number, number];

function word(words: Uint32Array, index: number): number {
  return words[index] ?? 0;
}

function block(state: Uint32Array, w: Uint32Array, view: DataView, at: number): void {
  const turn = (x: number, n: number): number => (x >>> n) | (x << (32 - n));
  for (let i = 0; i < 64; i++) {
    if (i < 16) {
      w[i] = view.getUint32(at + 4 * i);
    } else {
      const [a, b] = [word(w, i - 15), word(w, i - 2)];
      const s0 = turn(a, 7) ^ turn(a, 18) ^ (a >>> 3);
      const s1 = turn(b, 17) ^ turn(b, 19) ^ (b >>> 10);
      w[i] = word(w, i - 16) + s0 + word(w, i - 7) + s1;
    }
  }
  let [a, b, c, d, e, f, g, h] = Array.from(state) as Eight;
  for (let i = 0; i < 64; i++) {
    const one =
      h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + word(K, i) + word(w, i);
    const two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((more, i) => (state[i] = word(state, i) + more));
}

/** `src:<hex>` of UTF-8 source with `\n` line ends; the same as `digests.digest_source` of the server. */
export function digestSource(text: string): string {
  const plain = text.replace(/\r\n?/g, '\n');
  // A lone surrogate is `?` there, and U+FFFD where TextEncoder meets one.
  const whole = plain.replace(
    /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g,
    '?'
  );
  return `src:${sha256(new TextEncoder().encode(whole))}`;
}
