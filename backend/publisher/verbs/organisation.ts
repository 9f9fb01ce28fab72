import { Command } from 'commander';
import { roleSchema } from '../../api/contract.ts';
import type { CommonOptions } from '../command/context.ts';
import { readChoice } from '../command/option-values.ts';
import { addVerb } from '../command/verb.ts';

interface CreateOptions extends CommonOptions {
  readonly name?: string;
}

interface AddMemberOptions extends CommonOptions {
  readonly email: string;
  readonly role: string;
}

export function registerOrganisation(program: Command): void {
  const organisation = new Command('organisation')
    .summary('found an organisation and add members')
    .description('Found an organisation and add members.');
  addVerb<CreateOptions>(organisation, {
    name: 'create',
    summary: 'found an organisation; you become its owner',
    help: 'Games belong to organisations. The id is part of no player-visible name.',
    arguments: [['<id>', 'lower-case letters, digits, hyphens']],
    options: [['--name <text>', 'its name (default: the id)']],
    examples: ['gantry organisation create north-light --name "North Light Games"'],
    run: async ({ api, output, signal }, options, organisationId = '') => {
      const made = await api.createOrganisation(
        { body: { organisationId, name: options.name ?? organisationId } },
        { signal },
      );
      output.result(made, `Founded ${made.name} (${made.organisationId}).`);
    },
  });
  addVerb<AddMemberOptions>(organisation, {
    name: 'add-member',
    summary: 'add an account to an organisation',
    help: 'Roles: owner, developer, analyst, finance.',
    arguments: [['<id>', 'the organisation']],
    options: [
      ['--email <email>', 'the account', ''],
      ['--role <role>', 'what it may do', 'developer'],
    ],
    examples: ['gantry organisation add-member north-light --email ben@studio.example --role analyst'],
    run: async ({ api, output, signal }, options, organisationId = '') => {
      const { email } = options;
      const role = readChoice('--role', options.role, roleSchema.options);
      await api.addMember({ params: { organisationId }, body: { email, role } }, { signal });
      output.result({ organisationId, email, role }, `${email} is ${role} of ${organisationId}.`);
    },
  });
  program.addCommand(organisation);
}
