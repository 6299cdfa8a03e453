/** What JSON.parse returns. */
export type JsonValue = Scalar | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A value without parts. */
export type Scalar = string | number | boolean | null;

export function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
