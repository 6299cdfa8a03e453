import ipaddr from 'ipaddr.js';

/** IPv6 gives out public addresses from here only; what ipaddr.js calls unicast reaches further (`::127.0.0.1`). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
/** Of a gateway to IPv4 (RFC 6052): its last 32 bits are the address that is reached. */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
/** Public by its number, yet the metadata and name service of one large cloud from within. */
const PLATFORM = ipaddr.IPv4.parse('168.63.129.16');

/**
 * Whether the address is one of the open Internet: not private, loopback, link-local, shared (CGNAT), multicast,
 * unspecified, reserved or a tunnel; IPv4 addresses inside IPv6 ones count as what they are.
 * @param address an IPv4 or IPv6 address without brackets; anything else is not public
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const ip = unwrapped(ipaddr.parse(address));
  if (ip.range() !== 'unicast') return false;
  return ip instanceof ipaddr.IPv6 ? ip.match(GLOBAL_UNICAST) : ip.toString() !== PLATFORM.toString();
}

function unwrapped(ip: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (ip instanceof ipaddr.IPv4) return ip;
  if (ip.isIPv4MappedAddress()) return ip.toIPv4Address();
  return ip.match(NAT64) ? new ipaddr.IPv4(ip.toByteArray().slice(12)) : ip;
}
