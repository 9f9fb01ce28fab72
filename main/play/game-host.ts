/** What the launcher asks of its host to show a game and to open things on the player's machine. */
export interface Opener {
  /** Show a web game's page in a window of its own. @throws {AppError} `PLAY_WINDOW_BLOCKED`. */
  readonly openGameWindow: (window: {
    readonly url: string;
    readonly gameId: string;
    readonly title: string;
  }) => Promise<GameWindow>;
  /** Show an install's folder in the system's file manager. The folder comes from our own records only. */
  readonly openFolder: (folder: string) => Promise<void>;
  /** Show a page in the player's browser. The address is one of our own or the service's. */
  readonly openPage: (url: string) => Promise<void>;
  /** Show where the system sets its clock. */
  readonly openClockSettings: () => Promise<void>;
}

export interface GameWindow {
  /** Resolves when the player closed it; null where the host cannot know. */
  readonly closed: Promise<void> | null;
  /** True where `closed` always comes; else a page that has fallen silent counts as closed too. */
  readonly closedIsSure: boolean;
  readonly close: () => void;
}

/** A started game. */
export interface GameRun {
  /** Resolves once, when the game has ended. */
  readonly ended: Promise<{ readonly exitCode: number | null }>;
  readonly stop: () => void;
  /** The launcher closes: a program goes on without it, a page on the launcher's own server ends. Resolves `ended` either way. */
  readonly leave: () => void;
}

/** What a running game may know of its session, over its local endpoint. */
export interface GameSession {
  readonly playSessionId: string;
  readonly playerName: string;
  readonly buildId: number;
}

/** What a game told the launcher. */
export interface GameReports {
  readonly session: () => GameSession | null;
  readonly onEvent: (event: { readonly name: string; readonly value: unknown }) => void;
}
