import { defineErrors } from '../../patcher/errors.ts';

export const questErrors = defineErrors({
  PLAY_SESSION_ENDED: {
    family: 'conflict',
    sentence: 'This play session has ended.',
    next: 'Start the game again; play time counts in the new session.',
  },
  PLAY_NONCE_WRONG: {
    family: 'conflict',
    sentence: 'The heartbeat does not follow the last one of its session.',
    next: 'Start the game again; play time counts in the new session.',
  },
  PLAY_PROOF_WRONG: {
    family: 'integrity',
    sentence: 'The installed game is not the build it was started as, so its play time does not count.',
    next: 'Verify and repair the game, then start it again.',
  },
  QUEST_NOT_COMPLETED: {
    family: 'conflict',
    sentence: 'The quest "{title}" is not completed yet.',
    next: 'Play on: {secondsLeft} more seconds complete it.',
  },
  QUEST_EXISTS: {
    family: 'conflict',
    sentence: 'A quest with the id {questId} exists already with other terms.',
    next: 'Choose another id; what was promised to players is not changed.',
  },
});
