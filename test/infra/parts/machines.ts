import { describe, expect, it } from '@jest/globals';
import aslValidator from 'asl-validator';
import { z } from 'zod';
import { permissions } from '../policies.ts';
import { definitionOf, resources, synthesize, Text } from '../stack.ts';

const template = synthesize();

const Machine = z.object({
  StateMachineName: z.string(),
  StateMachineType: z.enum(['EXPRESS', 'STANDARD']),
  DefinitionString: z.string(),
  DefinitionSubstitutions: z.record(z.string(), Text),
  LoggingConfiguration: z.object({ Level: z.string(), IncludeExecutionData: z.boolean() }),
  TracingConfiguration: z.unknown(),
});

const machines = [...resources(template, 'AWS::StepFunctions::StateMachine', Machine).values()].map(
  (machine) => [machine.StateMachineName, machine] as const,
);

it('the checker and the sweep are Express, the breach is Standard', () => {
  expect(
    Object.fromEntries(machines.map(([name, { StateMachineType }]) => [name, StateMachineType])),
  ).toEqual({
    'Overdue-checker': 'EXPRESS',
    'Overdue-breach': 'STANDARD',
    'Overdue-sweep': 'EXPRESS',
  });
});

describe.each(machines)('%s', (name, machine) => {
  const placeholders = [...machine.DefinitionString.matchAll(/\$\{(\w+)\}/g)].map(
    ([, placeholder]) => placeholder,
  );

  it('is the file that runs locally and in tests', () => {
    expect(JSON.parse(machine.DefinitionString)).toEqual(definitionOf(name.replace('Overdue-', '')));
  });

  it('is valid ASL', () => {
    const arn = 'arn:aws:lambda:eu-central-1:123456789012:function:any';
    const deployed = machine.DefinitionString.replaceAll(/\$\{\w+\}/g, arn);
    const validation = aslValidator(JSON.parse(deployed));
    expect(validation.isValid ? '' : validation.errorsText()).toBe('');
  });

  it('is given every function that it names, and no other', () => {
    expect(Object.keys(machine.DefinitionSubstitutions).sort()).toEqual([...new Set(placeholders)].sort());
  });

  it('may invoke exactly these', () => {
    const role = `${{ checker: 'Checker', breach: 'Breaches', sweep: 'Sweep' }[name.slice('Overdue-'.length)] ?? ''}MachineRole`;
    const invoked = permissions(template)
      .filter((permission) => permission.role.startsWith(role) && permission.action.startsWith('lambda:'))
      .map(({ action, resource }) => `${action} ${resource}`);
    const expected = Object.values(machine.DefinitionSubstitutions).map(
      (arn) => `lambda:InvokeFunction ${arn}`,
    );
    expect(invoked.sort()).toEqual(expected.sort());
  });

  it('logs errors without what it worked on, and is traced', () => {
    expect(machine.LoggingConfiguration).toEqual({ Level: 'ERROR', IncludeExecutionData: false });
    expect(machine.TracingConfiguration).toEqual({ Enabled: true });
  });
});
