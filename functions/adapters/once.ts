/** Makes a thing when it is first asked for, and only then. When the making fails, it is tried again the next time. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
