import { Logger } from '@aws-lambda-powertools/logger';
import type { Log } from '../app/ports.ts';

const LEVELS = ['DEBUG', 'INFO', 'WARN', 'ERROR'] as const;

/** Structured JSON lines. Facts are ids and counts: no secrets, no bodies of check-ins, no addresses of channels. */
export function powertoolsLog(level: string | undefined): Log {
  const logLevel = LEVELS.find((known) => known === level?.toUpperCase()) ?? 'INFO';
  const logger = new Logger({ serviceName: 'overdue', logLevel });
  return {
    info: (message, facts = {}) => {
      logger.info(message, facts);
    },
    warn: (message, facts = {}) => {
      logger.warn(message, facts);
    },
    error: (message, facts = {}) => {
      logger.error(message, facts);
    },
  };
}
