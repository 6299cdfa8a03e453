import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import { readConfig } from '../../infra/config.ts';
import { OverdueStack } from '../../infra/overdue-stack.ts';
import { SourceStack } from '../../infra/source-stack.ts';

const ROOT = `${import.meta.dirname}/../..`;

const CdkJson = z.object({ context: z.record(z.string(), z.unknown()) });

/** What an operator may configure, all of it. */
export const EVERYTHING = {
  'overdue:buckets': ['acme-landing', 'acme-reports-*'],
  'overdue:mailFrom': 'Overdue <overdue@example.com>',
  'overdue:mailConfigurationSet': 'tracked',
  'overdue:snsTopics': ['arn:aws:sns:eu-central-1:123456789012:alerts'],
  'overdue:allowedWebhookHosts': ['hooks.internal', '10.0.0.5:9099'],
  'overdue:heartbeatUrl': 'https://hc.example.com/ping/1',
  'overdue:alarmTopic': 'arn:aws:sns:eu-central-1:123456789012:operators',
  'overdue:domainName': 'overdue.example.com',
  'overdue:certificateArn': 'arn:aws:acm:eu-central-1:123456789012:certificate/1',
};

/** Where Overdue is, and three places that it hears of. */
export const HOME = { account: '111122223333', region: 'eu-central-1' };
export const SHOP = {
  account: '210987654321',
  region: 'eu-west-1',
  label: 'shop',
  events: ['s3', 'glue', 'lambda', 'custom:acme.orders'],
  buckets: ['shop-landing', 'shop-reports-*'],
};
/** Jobs, and no buckets. */
export const PLANT = { account: '333344445555', region: 'us-east-1', events: ['batch', 'stepfunctions'] };
/** Nothing that can be looked at. */
export const OFFICE = { account: '555566667777', region: 'us-east-1', events: ['lambda', 'custom:acme.hr'] };

export const MANY_ACCOUNTS = {
  ...EVERYTHING,
  'overdue:account': HOME.account,
  'overdue:region': HOME.region,
  'overdue:sourceAccounts': [SHOP, PLANT, OFFICE],
};

/** In a VPC, with a key for the table. */
export const SHUT_IN = {
  ...EVERYTHING,
  'overdue:account': HOME.account,
  'overdue:region': HOME.region,
  'overdue:subnetIds': ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  'overdue:securityGroupIds': ['sg-0123456789abcdef0'],
  'overdue:tableKeyArn': 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd',
};

const NO_BUNDLES = { 'aws:cdk:bundling-stacks': [] };

const templates = new Map<string, Template>();

/** The template of a deployment with this configuration, without bundles of the functions. */
export function synthesize(config: Record<string, unknown> = {}): Template {
  const key = JSON.stringify(config);
  const template = templates.get(key) ?? synthesizeWith(config, NO_BUNDLES);
  templates.set(key, template);
  return template;
}

/** The template with bundles, one second for each function; they lie in the folder, as its assets. */
export function synthesizeInto(outdir: string, config: Record<string, unknown>): Template {
  return synthesizeWith(config, {}, outdir);
}

function synthesizeWith(
  config: Record<string, unknown>,
  options: Record<string, unknown>,
  outdir?: string,
): Template {
  const folder = outdir ?? mkdtempSync(join(tmpdir(), 'overdue-synth-'));
  try {
    return Template.fromStack(stackOf(config, options, folder));
  } finally {
    if (outdir === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** The stack in an app of its own, with the flags of cdk.json. */
export function stackOf(
  config: Record<string, unknown>,
  options: Record<string, unknown> = NO_BUNDLES,
  outdir?: string,
): OverdueStack {
  const { context: flags } = CdkJson.parse(JSON.parse(readFileSync(`${ROOT}/cdk.json`, 'utf8')));
  const app = new App({ context: { ...flags, ...options }, ...(outdir === undefined ? {} : { outdir }) });
  const read = readConfig(config);
  return new OverdueStack(app, 'Overdue', read, read.home ? { env: read.home } : {});
}

/** The stack of one of the configured source accounts. */
export function sourceStackOf(
  config: Record<string, unknown>,
  account: string,
  outdir?: string,
): SourceStack {
  const read = readConfig(config);
  const source = read.sourceAccounts.find((one) => one.account === account)!;
  return new SourceStack(new App(outdir === undefined ? {} : { outdir }), read, read.home!, source);
}

/** A definition of state-machines, as it is in the file. */
export function definitionOf(machine: string): unknown {
  return JSON.parse(readFileSync(`${ROOT}/state-machines/${machine}.asl.json`, 'utf8'));
}

const Resource = z.object({ Properties: z.unknown(), DeletionPolicy: z.string().optional() });

/** The resources of a type by logical id, their properties read by the schema. */
export function resources<T>(template: Template, type: string, properties: z.ZodType<T>): Map<string, T> {
  const found = Object.entries(template.findResources(type) as Record<string, unknown>);
  return new Map(found.map(([id, resource]) => [id, properties.parse(Resource.parse(resource).Properties)]));
}

const Join = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });
const GetAtt = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) });
const Ref = z.object({ Ref: z.string() });

/** A text of the template with `<Resource>` and `<Resource.Attribute>` for what only the deployment knows. */
export const Text = z.unknown().transform((value) => textOf(value));

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const join = Join.safeParse(value);
  if (join.success) return join.data['Fn::Join'][1].map(textOf).join(join.data['Fn::Join'][0]);
  const attribute = GetAtt.safeParse(value);
  if (attribute.success) return `<${attribute.data['Fn::GetAtt'].join('.')}>`;
  return `<${Ref.parse(value).Ref}>`;
}

/** What CloudFormation writes as one or as a list of them. */
export function manyOf<T>(one: z.ZodType<T>): z.ZodType<T[]> {
  return z.union([z.array(one), one.transform((value) => [value])]);
}
