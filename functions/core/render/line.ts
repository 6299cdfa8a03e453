// Control characters, lone surrogates, line separators, and the invisible marks that reorder or hide text.
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/gu;

/**
 * The text on one line: what others wrote (titles, object keys, causes) must not start a new line, a new header or a
 * terminal command. Longer than `max` code units is cut, with an ellipsis inside the bound.
 */
export function oneLine(text: string, max = 400): string {
  const clean = text.replace(UNSAFE, ' ').replace(/ {2,}/g, ' ').trim();
  return clean.length <= max ? clean : `${cutAt(clean, max - 1)}…`;
}

/** The first `max` code units at most; never half of a surrogate pair. */
function cutAt(text: string, max: number): string {
  const cut = text.slice(0, max);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** `1 alert`, `2 alerts` */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/** The address when it is one that may become a link (http or https), else undefined. */
export function webAddress(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && /^https?:$/.test(url.protocol) ? url.href : undefined;
}
