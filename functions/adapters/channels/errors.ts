import { oneLine } from '../../core/render/line.ts';

/**
 * What another system said, fit to be shown: one line of at most 200 characters with the secrets taken out, as they
 * are and percent-encoded. (Some servers repeat the address that they were asked for.)
 */
export function quoted(text: string, secrets: readonly string[] = []): string {
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret), decoded(secret)]);
  const longestFirst = forms.filter((form) => form !== '').toSorted((a, b) => b.length - a.length);
  const clean = longestFirst.reduce((rest, form) => rest.replaceAll(form, '…'), text);
  return oneLine(clean, 200);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The code (`ECONNREFUSED`) or else the name of an error of Node, undici, nodemailer or the AWS SDK. */
export function codeOf(error: unknown): string {
  const { code, name } = shapeOf(error);
  // nodemailer calls every error of SES so; the name of it says more.
  if (code === 'ESES') return codeOf({ name });
  return [code, name].find((part) => typeof part === 'string' && part !== '')?.toString() ?? 'unknown error';
}

export function messageOf(error: unknown): string {
  const { message } = shapeOf(error);
  return typeof message === 'string' ? message : '';
}

function shapeOf(error: unknown): { code?: unknown; name?: unknown; message?: unknown } {
  return typeof error === 'object' && error !== null ? error : {};
}
