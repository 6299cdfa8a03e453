import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import { LONGEST_RETRY_AFTER } from '../../core/backoff.ts';
import { inWords } from '../../core/duration.ts';
import { SECOND, type Instant, type Milliseconds } from '../../core/time.ts';
import { isPublicAddress } from './address.ts';
import { DeliveryFailed } from '../../app/errors.ts';
import { codeOf, quoted } from './errors.ts';
import { hostOf, isAllowed, urlProblem, type AllowedHosts } from './outgoing-url.ts';

/** All addresses of a name. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface OutgoingOptions {
  allowedHosts: AllowedHosts;
  resolve: Resolve;
  /** For all of it: resolving, connecting, sending and the answer. */
  timeout: Milliseconds;
  clock: () => Instant;
}

export interface OutgoingPost {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** What must not appear in an error, besides what the URL contains. */
  secrets: readonly string[];
}

export const DEFAULT_TIMEOUT: Milliseconds = 10 * SECOND;
/** Of an answer that is a failure this much is read at most. */
const ANSWER_BYTES = 16_384;

/** Bad Request, Content Too Large and Unprocessable Content (RFC 9110); others are about the address, the sender or the hour. */
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 422]);

/** Resolves as every program of this machine does (hosts file, DNS). */
export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/**
 * Posts to an address that a user gave. The name is resolved once, every address is checked, and the connection goes
 * to the addresses that were checked; TLS still asks for the name. Redirects are not followed.
 * @throws DeliveryFailed for everything but an answer 2xx
 */
export async function post(request: OutgoingPost, options: OutgoingOptions): Promise<void> {
  const problem = urlProblem(request.url, options.allowedHosts);
  if (problem !== undefined) throw new DeliveryFailed(`the URL of the channel ${problem}`);
  const url = new URL(request.url);
  const signal = AbortSignal.timeout(options.timeout);
  const addresses = await withTexts(url, options, within(signal, checkedAddresses(url, options)));
  const client = pinned(url, addresses, options.timeout);
  try {
    const answer = await withTexts(url, options, exchange(client, url, request, signal));
    if (answer.statusCode < 200 || answer.statusCode > 299)
      throw await refusal(url, answer, request, options);
  } finally {
    void client.destroy();
  }
}

async function checkedAddresses(
  url: URL,
  { allowedHosts, resolve }: OutgoingOptions,
): Promise<readonly string[]> {
  const host = hostOf(url);
  const addresses = isIP(host) === 0 ? await resolve(host) : [host];
  if (addresses.length === 0) throw new DeliveryFailed(`${host} has no address`);
  if (!isAllowed(url, allowedHosts) && !addresses.every(isPublicAddress)) {
    throw new DeliveryFailed(`${host} has a private or local address, which this deployment does not allow`);
  }
  return addresses;
}

function pinned(url: URL, addresses: readonly string[], timeout: Milliseconds): Client {
  const checked = addresses.map((address) => ({ address, family: isIP(address) }));
  const toChecked: LookupFunction = (_name, { all }, callback) => {
    const [first] = checked;
    if (all === true || !first) callback(null, checked);
    else callback(null, first.address, first.family);
  };
  return new Client(url.origin, { allowH2: false, connect: { lookup: toChecked, timeout } });
}

function exchange(client: Client, url: URL, { headers, body }: OutgoingPost, signal: AbortSignal) {
  return client.request({ method: 'POST', path: `${url.pathname}${url.search}`, headers, body, signal });
}

async function refusal(
  url: URL,
  { statusCode, headers, body }: Dispatcher.ResponseData,
  { secrets }: OutgoingPost,
  { clock }: OutgoingOptions,
): Promise<DeliveryFailed> {
  const host = hostOf(url);
  if (statusCode >= 300 && statusCode < 400) {
    return new DeliveryFailed(`${host} answered ${statusCode}, a redirect: redirects are not followed`);
  }
  const said = quoted(asText(await beginningOf(body)), [...secrets, ...secretsOf(url)]);
  const later =
    statusCode === 429 || statusCode === 503 ? retryAfter(headers['retry-after'], clock()) : undefined;
  return new DeliveryFailed(`${host} answered ${statusCode}${said === '' ? '' : `: ${said}`}`, {
    retryAfter: later,
    isRefusal: REFUSALS.has(statusCode),
  });
}

/** @param header seconds or an HTTP date */
function retryAfter(header: string | string[] | undefined, now: Instant): Milliseconds | undefined {
  if (typeof header !== 'string' || header.trim() === '') return undefined;
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * SECOND : Date.parse(header) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), LONGEST_RETRY_AFTER);
}

/** What could be read of the first bytes; an answer that breaks off is still an answer. */
async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= ANSWER_BYTES) break;
    }
  } catch {
    // The status is what matters.
  }
  return Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString('utf8');
}

function asText(answer: string): string {
  return /^\s*</.test(answer) ? answer.replace(/<(style|script)\b.*?<\/\1>|<[^>]*>/gis, ' ') : answer;
}

/** Paths and queries of webhook addresses are passwords: as a whole and in parts long enough to be one. */
function secretsOf({ pathname, search, searchParams }: URL): string[] {
  const parts = [...pathname.split('/'), ...searchParams.values()].filter((part) => part.length >= 6);
  return [`${pathname}${search}`, pathname, search.slice(1)]
    .filter((whole) => whole.length > 1)
    .concat(parts);
}

/** Errors of the network in words; their own texts may contain addresses. */
async function withTexts<T>(url: URL, { timeout }: OutgoingOptions, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof DeliveryFailed) throw error;
    throw new DeliveryFailed(`${hostOf(url)} ${reasonOf(codeOf(error), timeout)}`);
  }
}

function reasonOf(code: string, timeout: Milliseconds): string {
  if (/TIMEDOUT|TIMEOUT|TimeoutError|AbortError/.test(code))
    return `did not answer within ${inWords(timeout)}`;
  if (/^(ENOTFOUND|ENODATA|EAI_)/.test(code)) return `could not be resolved (${code})`;
  if (code === 'ECONNREFUSED') return 'refused the connection';
  if (/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/.test(code)) return 'closed the connection without an answer';
  if (/CERT|SSL|TLS|UNABLE_TO_VERIFY|EPROTO/.test(code)) return `could not be reached securely (${code})`;
  return `could not be reached (${code})`;
}

async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const expire = () => {
    reject(signal.reason);
  };
  signal.addEventListener('abort', expire, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', expire);
  }
}
