/**
 * What a request can be refused for: the last part of `type` in the answer, a detail as it may come, and what a person
 * can do about it.
 */
export const PROBLEMS = {
  'not-valid': {
    status: 400,
    title: 'The request is not valid',
    example: '1 field is not valid',
    help: 'Every faulty field of path, query, headers and body is listed under errors with what is allowed. Nothing was changed. Correct the fields and send the request again.',
  },
  'not-json': {
    status: 400,
    title: 'The body is not JSON',
    example:
      'the body is not JSON: unexpected "}" at line 1, column 12, expected double-quoted property name',
    help: 'The detail says at which line and column reading stopped. Nothing was changed.',
  },
  unauthorized: {
    status: 401,
    title: 'An API key is needed',
    example: 'the API key is not known',
    help: 'Send the header Authorization: Bearer ovd_… with a key that an admin of your team made. A key that was removed is not known any more.',
  },
  forbidden: {
    status: 403,
    title: 'This API key may not do that',
    example: 'this key belongs to team finance',
    help: 'Either the key belongs to another team, or its role is too low: viewers read, editors change expectations and channels, admins change keys, and operators (team *) change teams.',
  },
  'not-found': {
    status: 404,
    title: 'There is no such thing',
    example: 'team data-platform has no expectation orders-landing',
    help: 'The address does not exist, or what it names does not. The detail says which.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The address does not take this method',
    example: 'this address takes GET, HEAD, not DELETE',
    help: 'The header Allow lists the methods that it takes.',
  },
  conflict: {
    status: 409,
    title: 'The state of things does not allow it',
    example: 'expectation orders-landing of team data-platform exists already',
    help: 'The detail says what stands in the way: the id is taken, the breach is not open, the channel is still named.',
  },
  'precondition-failed': {
    status: 412,
    title: 'It is not at the state that the request demands',
    example: 'expectation orders-landing is not as the request demands: it is at revision 4',
    help: 'Somebody else changed it since it was read. Read it again, look at what changed, and send the change with the new ETag in If-Match.',
  },
  'too-large': {
    status: 413,
    title: 'The body is too large',
    example: 'the body must be at most 262144 bytes',
    help: 'Bodies of JSON may have 256 KiB, bodies of check-ins by address 100,000 bytes, of which the last 10,000 are kept.',
  },
  'uri-too-long': {
    status: 414,
    title: 'The address is too long',
    example: 'the address has 9000 characters with its query, at most 8000 are allowed',
    help: 'An address may have 8,000 characters with its query. Put what is long into the body.',
  },
  'not-http': {
    status: 400,
    title: 'That is no HTTP request',
    example: 'what came is no HTTP request',
    help: 'What came could not be read as HTTP: its first line or a header is malformed. Nothing was changed.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The headers are too large',
    example: 'the address and the headers must be at most 16384 bytes together',
    help: 'The address and all headers may have 16 KiB together, on AWS 10 KiB.',
  },
  'too-many-requests': {
    status: 429,
    title: 'Too many requests',
    example: 'this API key may make 100 requests a second; try again in 1 s',
    help: 'Send the request again after the seconds in the header Retry-After. The headers RateLimit and RateLimit-Policy tell how much is allowed and how much is left. Nothing was changed.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is not of a type that is read here',
    example: 'the body came with Content-Type: text/plain; send JSON with Content-Type: application/json',
    help: 'Send JSON and the header Content-Type: application/json.',
  },
  unexpected: {
    status: 500,
    title: 'Something went wrong here',
    example:
      'The fault is ours. It is in the log under the requestId of the answer. The request may be sent again.',
    help: 'The fault is ours. It is in the log under the requestId of the answer. The request may be sent again.',
  },
  busy: {
    status: 503,
    title: 'Others are changing the same thing',
    example: 'Send the request again after the seconds in the header Retry-After.',
    help: 'Send the request again after the seconds in the header Retry-After.',
  },
} as const satisfies Record<string, { status: number; title: string; help: string; example: string }>;

export type ProblemType = keyof typeof PROBLEMS;
