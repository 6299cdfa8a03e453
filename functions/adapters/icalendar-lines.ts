/** A line of an iCalendar file after unfolding: `DTSTART;VALUE=DATE:20261224`. */
export interface ContentLine {
  /** Number of its first line in the file, from 1. */
  line: number;
  name: string;
  /** By upper-case name; quotation marks are taken off. */
  params: ReadonlyMap<string, string>;
  value: string;
}

const LINE = /^([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:]*))*):(.*)$/s;
const PARAMETER = /;([A-Za-z0-9-]+)=(?:"([^"]*)"|([^";:]*))/g;

/** Reads the lines as RFC 5545, 3.1, has them. @param fault what to do about a line that is none; it must throw */
export function contentLines(text: string, fault: (line: number, message: string) => never): ContentLine[] {
  return unfolded(text).map(({ line, content }) => {
    const [, name, parameters = '', value = ''] = LINE.exec(content) ?? [];
    if (name === undefined)
      fault(line, `must be a line such as SUMMARY:Plant closed, not ${content.slice(0, 40)}`);
    const params = [...parameters.matchAll(PARAMETER)].map(
      ([, key = '', quoted, plain = '']): [string, string] => [key.toUpperCase(), quoted ?? plain],
    );
    return { line, name: name.toUpperCase(), params: new Map(params), value: value.trim() };
  });
}

/** A line that begins with a space or tab goes on with the one before. Empty lines are none. */
function unfolded(text: string): { line: number; content: string }[] {
  const found: { line: number; parts: string[] }[] = [];
  for (const [index, part] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const last = found.at(-1);
    if (last && /^[ \t]/.test(part)) last.parts.push(part.slice(1));
    else if (part.trim() !== '') found.push({ line: index + 1, parts: [part] });
  }
  return found.map(({ line, parts }) => ({ line, content: parts.join('') }));
}
