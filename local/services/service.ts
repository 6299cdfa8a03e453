/** A part of the one-machine service that runs until it is closed. */
export interface Closeable {
  close(): Promise<void>;
}

/** A whole HTTP request to an AWS service with a small body; header names are lower case. */
export interface WireRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Readonly<Record<string, string | undefined>>;
  body: string;
}

export interface WireResponse {
  status: number;
  headers?: Record<string, string>;
  body: string;
}

/** Speaks the wire protocol of one AWS service. */
export type WireHandler = (request: WireRequest) => Promise<WireResponse>;

/** What a handler sees of its invocation: the part of Lambda's context that ours use. */
export interface LambdaContext {
  functionName: string;
  awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

export type LambdaHandler = (event: unknown, context: LambdaContext) => Promise<unknown>;
