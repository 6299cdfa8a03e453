/** What JSON can carry. */
export type Json = string | number | boolean | null | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** A JSON object, not an array or null. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses a JSON text; throws a SyntaxError. The only place that trusts JSON.parse to give JSON. */
export function parseJsonText(text: string): Json {
  return JSON.parse(text) as Json;
}
