/** Which bucket and object a request names. */
export interface S3Address {
  /** Empty for the service itself. */
  bucket: string;
  /** Plain, not percent-encoded; empty for the bucket itself. */
  key: string;
  /** Percent-encoded path in path style, without the query. */
  path: string;
}

const isAddress = (name: string): boolean => /^[\d.]+$/.test(name) || name.startsWith('[');

function split(host: string): { name: string; port: string } {
  const [, name = '', port = ''] = /^(.*?)(:\d+)?$/.exec(host.toLowerCase()) ?? [];
  return { name, port };
}

const encode = (key: string): string => key.split('/').map(encodeURIComponent).join('/');

/** @returns the path-style path of an object, percent-encoded */
export const objectPath = (bucket: string, key: string): string => `/${bucket}/${encode(key)}`;

/**
 * The store takes the first label of a name with dots for a bucket, whatever machine it is.
 *
 * @returns a host to send instead, or nothing if the given one will do
 */
export function plainHost(host = ''): string | undefined {
  const { name, port } = split(host);
  return isAddress(name) || !name.includes('.') ? undefined : `localhost${port}`;
}

/** `<bucket>.localhost` and `<bucket>.s3.<anything>`; every other name is that of the machine. */
function bucketOfHost(host: string): string | undefined {
  const { name } = split(host);
  if (isAddress(name)) return undefined;
  const [, bucket] = /^(.+?)\.s3[.-]/.exec(name) ?? /^(?!s3\.localhost$)(.+)\.localhost$/.exec(name) ?? [];
  return bucket;
}

/**
 * Reads the address of a request in path style or virtual-hosted style.
 *
 * @param path percent-encoded, without the query
 * @throws URIError if the path is not percent-encoded UTF-8
 */
export function addressOf(host: string, path: string): S3Address {
  const hosted = bucketOfHost(host);
  const whole = hosted === undefined ? path : `/${hosted}${path}`;
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(whole) ?? [];
  return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(key), path: whole };
}
