import { defineErrors } from '../errors.ts';

const RENAME = 'Rename it in the build folder and push again.';

/** Why a path, a link or a tree is refused; each cause has its own code. */
export const pathErrors = defineErrors({
  PATH_NOT_TEXT: {
    family: 'input',
    sentence: 'A path is not text that can be written as UTF-8.',
    next: RENAME,
  },
  PATH_EMPTY: { family: 'input', sentence: 'A path is empty.', next: RENAME },
  PATH_ABSOLUTE: {
    family: 'input',
    sentence: 'The path {path} is absolute; paths of a build are relative to its root.',
    next: RENAME,
  },
  PATH_BACKSLASH: {
    family: 'input',
    sentence: 'The path {path} holds a backslash, which Windows reads as a separator.',
    next: RENAME,
  },
  PATH_COLON: {
    family: 'input',
    sentence: 'The path {path} holds a colon, which Windows reads as a drive or a stream.',
    next: RENAME,
  },
  PATH_CONTROL_CHARACTER: {
    family: 'input',
    sentence: 'The path {path} holds a control character.',
    next: RENAME,
  },
  PATH_FORBIDDEN_CHARACTER: {
    family: 'input',
    sentence: 'The path {path} holds one of < > " | ? *, which Windows cannot store.',
    next: RENAME,
  },
  PATH_EMPTY_SEGMENT: {
    family: 'input',
    sentence: 'The path {path} has an empty part between two slashes.',
    next: RENAME,
  },
  PATH_DOT_SEGMENT: { family: 'input', sentence: 'The path {path} has a part ".".', next: RENAME },
  PATH_PARENT_SEGMENT: {
    family: 'input',
    sentence: 'The path {path} has a part "..", which could leave the tree.',
    next: RENAME,
  },
  PATH_TRAILING_DOT_OR_SPACE: {
    family: 'input',
    sentence: 'A part of the path {path} ends with a dot or a space, which Windows drops.',
    next: RENAME,
  },
  PATH_LAUNCHER_FOLDER: {
    family: 'input',
    sentence: 'The path {path} lies in .gantry, where the launcher keeps its own records of an install.',
    next: 'Remove it, or list .gantry under "ignore" in gantry.json; then push again.',
  },
  PATH_RESERVED_NAME: {
    family: 'input',
    sentence: 'A part of the path {path} is the name of a Windows device.',
    next: RENAME,
  },
  PATH_SEGMENT_TOO_LONG: {
    family: 'input',
    sentence: 'A part of the path {path} is longer than {charactersMax} characters or {bytesMax} bytes.',
    next: 'Shorten the name in the build folder and push again.',
  },
  PATH_TOO_LONG: {
    family: 'input',
    sentence: 'The path {path} is longer than {charactersMax} characters, more than Windows can hold.',
    next: 'Shorten or flatten the folders of the build and push again.',
  },
  PATH_DUPLICATE: { family: 'input', sentence: 'The path {path} appears twice.', next: RENAME },
  PATH_CASE_COLLISION: {
    family: 'input',
    sentence: 'The paths {path} and {other} are one and the same on Windows or macOS.',
    next: 'Rename one of the two in the build folder and push again.',
  },
  PATH_UNDER_FILE: {
    family: 'input',
    sentence: 'The path {path} lies below {other}, which is not a directory.',
    next: RENAME,
  },
  PATH_LEAVES_ROOT: {
    family: 'integrity',
    sentence: 'The path {path} would lie outside its root folder.',
    next: 'Nothing was written. Report this build to its publisher.',
  },
  LINK_EMPTY: { family: 'input', sentence: 'The link {path} has no target.', next: 'Remove the link.' },
  LINK_TOO_LONG: {
    family: 'input',
    sentence: 'The target of the link {path} is longer than {charactersMax} characters.',
    next: 'Shorten the target of the link.',
  },
  LINK_ABSOLUTE: {
    family: 'input',
    sentence: 'The link {path} points to the absolute path {target}.',
    next: 'Make the link relative, or replace it by the file it points to.',
  },
  LINK_LEAVES_TREE: {
    family: 'input',
    sentence: 'The link {path} points to {target}, outside the tree.',
    next: 'Replace the link by the file it points to.',
  },
  LINK_PARENT_AFTER_NAME: {
    family: 'input',
    sentence:
      'The link {path} points to {target}, which climbs up after a name; through another link that could leave the tree.',
    next: 'Write the target with its ".." parts first.',
  },
  LINK_TARGET_REFUSED: {
    family: 'input',
    sentence: 'The target {target} of the link {path} is not a path a build may hold ({reason}).',
    next: 'Replace the link by the file it points to.',
  },
});
