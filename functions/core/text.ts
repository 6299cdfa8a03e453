import { z } from 'zod';

/** Besides control characters: line separators and the marks that turn the direction of text around. */
const HARMFUL = String.raw`\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069`;
// Without flags: the document shows them as they are.
const ONE_LINE = new RegExp(String.raw`^[^\u0000-\u001f${HARMFUL}]*$`);
const LINES = new RegExp(String.raw`^[^\u0000-\u0008\u000b\u000c\u000e-\u001f${HARMFUL}]*$`);

const NO_CONTROLS = 'must have no control characters';

/** Adds that the text stands in one line: else it would write a line of its own into a message, or look like another. */
export function inOneLine(text: z.ZodString) {
  return text.regex(ONE_LINE, `${NO_CONTROLS} and no line breaks`).refine(isWhole, HALF);
}

/** Half of a character could not be stored as it is. */
const HALF = 'must have no halves of characters (surrogates that stand alone)';

function isWhole(text: string): boolean {
  return text.isWellFormed();
}

/** Text for people that stands in one line. @param most characters */
export function oneLine(most: number) {
  return inOneLine(z.string().min(1).max(most));
}

/** Text for people, of one or more lines. @param most characters */
export function lines(most: number) {
  return z
    .string()
    .min(1)
    .max(most)
    .regex(LINES, `${NO_CONTROLS} but tabs and line breaks`)
    .refine(isWhole, HALF);
}

/** An http or https address of at most 2,000 characters. @param error what is told of all others */
export function httpUrl(error: string) {
  return z
    .url({ protocol: /^https?$/, error })
    .max(2000, 'must be at most 2000 characters')
    .regex(ONE_LINE, error);
}
