/** The bytes of an IP address, 4 or 16. An IPv6 address that stands for an IPv4 one (`::ffff:a00:1`) has 4. */
export type Ip = readonly number[];

/** A block of addresses: those that agree with `address` in its first `bits` bits. */
export interface Cidr {
  address: Ip;
  bits: number;
}

/**
 * Reads an IPv4 address in four decimal parts or an IPv6 address in hexadecimal groups.
 * @returns undefined for everything else: names, zones, IPv6 with a decimal tail
 */
export function parseIp(text: string): Ip | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const bytes = text.split('.').map(Number);
    return bytes.every((byte) => byte <= 255) ? bytes : undefined;
  }
  const groups = ipv6Groups(text);
  if (!groups?.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  const bytes = groups.map((group) => parseInt(group, 16)).flatMap((group) => [group >> 8, group & 255]);
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return mapped ? bytes.slice(12) : bytes;
}

/** The eight groups, with zeros for `::`. */
function ipv6Groups(text: string): string[] | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0 || !text.includes(':')) return undefined;
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...before, ...Array<string>(missing).fill('0'), ...after];
}

/**
 * Reads `10.0.0.0/8` or `2001:db8::/32`.
 * @returns undefined when it is none, or has more bits than ruler takes: 31 of IPv4, 127 of IPv6
 */
export function parseCidr(text: string): Cidr | undefined {
  const [, address, bits] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const ip = address === undefined ? undefined : parseIp(address);
  if (!ip || Number(bits) >= ip.length * 8) return undefined;
  return { address: ip, bits: Number(bits) };
}

/** Whether the address lies in the block. IPv4 and IPv6 never lie in each other. */
export function contains({ address, bits }: Cidr, ip: Ip): boolean {
  if (ip.length !== address.length) return false;
  return ip.every((byte, index) => {
    const mask = 0xff & ~(0xff >> Math.min(8, Math.max(0, bits - index * 8)));
    return (byte & mask) === ((address[index] ?? 0) & mask);
  });
}
