import { publisherErrors } from '../publisher-errors.ts';

/**
 * The value of an option that takes a whole number.
 * @throws {AppError} `CLI_OPTION_INVALID`
 */
export function readWholeNumber(
  option: string,
  value: string,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const number = Number(value);
  if (value.trim() !== '' && Number.isInteger(number) && number >= min && number <= max) return number;
  throw publisherErrors.error('CLI_OPTION_INVALID', {
    option,
    value,
    allowed: `whole numbers from ${min} to ${max}`,
  });
}

/**
 * The value of an option that takes one of a few words.
 * @throws {AppError} `CLI_OPTION_INVALID`
 */
export function readChoice<Choice extends string>(
  option: string,
  value: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((one) => one === value);
  if (choice !== undefined) return choice;
  throw publisherErrors.error('CLI_OPTION_INVALID', { option, value, allowed: choices.join(', ') });
}

/** The value of an option that takes a TCP port; 0 for any free one. */
export function readPort(option: string, value: string): number {
  return readWholeNumber(option, value, { min: 0, max: 65_535 });
}
