import type { ColumnType, Generated } from 'kysely';
import type { Depot, GameProfile } from '../api/contract.ts';

export interface CatalogueTables {
  games: {
    gameId: string;
    organisationId: string;
    title: string;
    studio: string;
    tagline: string;
    description: string;
    tags: string[];
    accentColour: string;
    access: GameProfile['access'];
    createdAt: Generated<Date>;
  };
  art: {
    gameId: string;
    kind: string;
    contentType: string;
    sha256: string;
    sizeBytes: number;
    updatedAt: Generated<Date>;
  };
  entitlements: { gameId: string; accountId: string; grantedBy: string; createdAt: Generated<Date> };
  depots: { depotId: Generated<number>; gameId: string; depot: Depot };
  builds: {
    buildId: Generated<number>;
    depotId: number;
    version: string;
    notes: string;
    manifestSha256: string;
    manifestSizeBytes: number;
    sizeBytes: number;
    files: number;
    downloadBytes: number;
    createdBy: string;
    createdAt: ColumnType<Date, Date, never>;
  };
  channels: {
    depotId: number;
    channel: string;
    buildId: number;
    updatedBy: string;
    updatedAt: Date;
  };
  /** Every move of a channel, oldest first; the last row is where it points. */
  channelMoves: {
    channelMoveId: Generated<number>;
    depotId: number;
    channel: string;
    oldBuildId: number | null;
    newBuildId: number;
    movedBy: string;
    movedAt: Date;
  };
  patches: {
    oldBuildId: number;
    newBuildId: number;
    sha256: string;
    sizeBytes: number;
    createdAt: Generated<Date>;
  };
}
