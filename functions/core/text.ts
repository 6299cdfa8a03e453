import { z } from 'zod';

/**
 * Besides control characters: line separators, the marks that turn the direction of text around, and halves of
 * characters. A title with them would write a line of its own into a message, or look like another one.
 */
const HARMFUL = String.raw`\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff`;
const ONE_LINE = new RegExp(String.raw`^[^\u0000-\u001f${HARMFUL}]*$`, 'u');
const LINES = new RegExp(String.raw`^[^\u0000-\u0008\u000b\u000c\u000e-\u001f${HARMFUL}]*$`, 'u');

const NO_CONTROLS = 'must have no control characters';

/** Arguments of `regex` for text that stands in one line. */
export const IN_ONE_LINE: [RegExp, string] = [ONE_LINE, `${NO_CONTROLS} and no line breaks`];

/** Text for people that stands in one line. @param most characters */
export function oneLine(most: number) {
  return z
    .string()
    .min(1)
    .max(most)
    .regex(...IN_ONE_LINE);
}

/** Text for people, of one or more lines. @param most characters */
export function lines(most: number) {
  return z.string().min(1).max(most).regex(LINES, `${NO_CONTROLS} but tabs and line breaks`);
}

/** An http or https address of at most 2,000 characters. @param error what is told of all others */
export function httpUrl(error: string) {
  return z
    .url({ protocol: /^https?$/, error })
    .max(2000)
    .regex(ONE_LINE, error);
}
