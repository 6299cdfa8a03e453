import type { S3Client } from '@aws-sdk/client-s3';
import type { Api } from './client.ts';

/** Overdue as it runs somewhere, seen from outside only. */
export interface Deployment extends Api {
  s3: S3Client;
  /** How long what should happen may take here, in ms: a verdict after its check, an alert after its verdict. */
  patience: number;
  /** Starts a sweep by hand, as an operator does; where the sweep alone ends waits, the scenarios ask for it. */
  sweep?: () => Promise<void>;
}
