import { isIP } from 'node:net';
import { isPublicAddress } from './address.ts';

/** What a deployment allows besides the open Internet: hosts (`hooks.internal`) or hosts with port (`10.0.0.5:9099`). */
export type AllowedHosts = readonly string[];

/**
 * Why a channel may not have this URL, as far as it can be seen without resolving the name; for the moment of
 * registration. @returns undefined when there is nothing against it
 */
export function urlProblem(text: string, allowedHosts: AllowedHosts): string | undefined {
  if (!URL.canParse(text)) return 'must be a URL such as https://example.com/hook';
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://';
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password';
  if (isAllowed(url, allowedHosts)) return undefined;
  if (url.protocol !== 'https:')
    return 'must begin with https:// (http is for hosts that the deployment allows)';
  const host = hostOf(url);
  const isPrivate = isIP(host) === 0 ? /(^|\.)localhost$/.test(host) : !isPublicAddress(host);
  return isPrivate
    ? 'must not name a private or local address that the deployment does not allow'
    : undefined;
}

/** Name or address of the URL: lower case, without brackets, without the dot of the root. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

/** Whether the deployment allows this host, or this host with this port, to be private and to be reached by http. */
export function isAllowed(url: URL, allowedHosts: AllowedHosts): boolean {
  return allowedHosts.some((entry) => {
    const { host, port } = allowedHost(entry.trim());
    return host === hostOf(url) && (port === undefined || port === portOf(url));
  });
}

function portOf({ port, protocol }: URL): string {
  if (port !== '') return port;
  return protocol === 'https:' ? '443' : '80';
}

/** The host goes through the URL parser, so that all notations of one address or name are one. */
function allowedHost(entry: string): { host: string | undefined; port: string | undefined } {
  const [, before, port] = (isIP(entry) === 6 ? null : /^(.+):(\d+)$/.exec(entry)) ?? [];
  const name = before ?? entry;
  const parsed = `https://${isIP(name) === 6 ? `[${name}]` : name}`;
  return { host: URL.canParse(parsed) ? hostOf(new URL(parsed)) : undefined, port };
}
