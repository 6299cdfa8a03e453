/** How much of the body of a check-in is kept, in bytes of UTF-8. */
export const KEPT_BYTES = 10_000;

/** The last bytes of a text, cut before a whole character: the end of a log says what went wrong. */
export function lastBytes(text: string, most = KEPT_BYTES): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  let start = bytes.length - most;
  while (isContinuation(bytes[start])) start++;
  return bytes.toString('utf8', start);
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
