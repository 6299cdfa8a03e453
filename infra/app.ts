import { App } from 'aws-cdk-lib';
import { readConfig } from './config.ts';
import { OverdueStack } from './overdue-stack.ts';
import { SourceStack } from './source-stack.ts';

const app = new App();
const config = readConfig(app.node.getAllContext() as Record<string, unknown>);
const { home, sourceAccounts } = config;
new OverdueStack(app, config.stackName, config, home ? { env: home } : {});
if (home) for (const source of sourceAccounts) new SourceStack(app, config, home, source);
