import { App } from 'aws-cdk-lib';
import { readConfig } from './config.ts';
import { OverdueStack } from './overdue-stack.ts';

const app = new App();
const config = readConfig(app.node.getAllContext() as Record<string, unknown>);
new OverdueStack(app, config.stackName, config);
