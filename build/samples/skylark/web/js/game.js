import { features } from './features.js';
import { createFlight, pilotDives } from './flight.js';
import { createRoute } from './route.js';
import { paintOver, paintPause, paintReadout, paintTitle } from './screens.js';
import { createSparks } from './sparks.js';
import { createView } from './view.js';

/** The game's states (title, playing, paused, over) and what leads from one to another. */
export function createGame({ stage, input, plan, pack, sounds, launcher, record, announce }) {
  const route = createRoute(plan, pack);
  const view = createView({ stage, route, pack, plan });
  let state = 'title';
  let flight = createFlight(route);
  let sparks = createSparks(route);
  let best = record.read();
  let isRecord = false;
  let sinceOver = 0;
  let toast = { words: '', left: 0 };

  function begin() {
    flight = createFlight(route);
    sparks = createSparks(route);
    toast = { words: plan.countries[0].name, left: 1.4 };
    change('playing');
    playCountryMusic();
    announce('Flying. Hold to dive, let go to soar.');
  }

  function playCountryMusic() {
    const { from } = route.blendAt(flight.lark.x);
    sounds.loop(from.aurora && plan.music.night ? plan.music.night : plan.music.flight);
  }

  function change(next) {
    state = next;
    launcher.setState(next === 'over' ? 'title' : next);
    sounds.setHushed(next === 'paused');
  }

  function handle(press) {
    if (press === 'mute') sounds.toggleMute();
    if (press === 'dive') {
      sounds.wake();
      if (state === 'title' || (state === 'over' && sinceOver > 0.9)) begin();
      else if (state === 'paused') change('playing');
    }
    if (press === 'leave' && state === 'playing') change('paused');
    if (press === 'pause' && (state === 'playing' || state === 'paused')) {
      change(state === 'playing' ? 'paused' : 'playing');
    }
  }

  function fly(seconds, diving) {
    for (const event of flight.step(seconds, diving)) reactions[event]();
    for (const spark of sparks.gather(flight.lark)) {
      flight.score += 15 * flight.combo;
      view.burst(spark, 'spark');
      sounds.play('spark', { volume: 0.4, speed: 1 + (spark.id % 8) * 0.09 });
    }
    for (const feature of features) {
      feature.step({ flight, route, view, sounds, toast: (words) => showToast(words) });
    }
    toast.left -= seconds;
  }

  const reactions = {
    swoop() {
      view.burst(flight.lark, 'swoop');
      sounds.play('swoop', { volume: 0.55, speed: 0.9 + flight.combo * 0.05 });
      if (flight.combo === 3) showToast('Soaring');
      if (flight.combo === 6) showToast('Like a lark!');
    },
    touch() {
      view.burst(flight.lark, 'dust');
      sounds.play('touch', { volume: 0.3 });
    },
    clatter() {
      view.burst(flight.lark, 'dust');
      view.shake(7);
      sounds.play('clatter', { volume: 0.5 });
    },
    beacon() {
      if (state === 'title') return;
      const x = flight.leg * route.legLength;
      view.burst({ x, y: route.groundY(x) - 210 }, 'beacon');
      sounds.play('beacon', { volume: 0.8 });
      const { from } = route.blendAt(x + 10);
      showToast(from.name);
      launcher.report('beacon', flight.beacons);
      playCountryMusic();
      announce(`Beacon ${flight.beacons} lit. ${from.name}.`);
    },
    caught() {
      if (state === 'title') {
        flight = createFlight(route);
        return;
      }
      isRecord = flight.score > best;
      best = Math.max(best, Math.floor(flight.score));
      record.write(best);
      launcher.report('score', Math.floor(flight.score));
      sinceOver = 0;
      change('over');
      sounds.play('clatter', { volume: 0.4, speed: 0.6 });
      sounds.loop(plan.music.title);
      announce(`Night has fallen. Score ${Math.floor(flight.score)}.`);
    },
  };

  function showToast(words) {
    toast = { words, left: 1.4 };
  }

  function paintWords(now) {
    const { context } = stage;
    const country = route.blendAt(flight.lark.x).from.name;
    if (state === 'title') {
      const { playerName } = launcher.session ?? {};
      paintTitle(context, stage, { best, now, version: plan.version, news: plan.news, playerName });
      return;
    }
    if (state !== 'over')
      paintReadout(context, stage, { flight, route, country, muted: sounds.muted, toast });
    if (state === 'paused') paintPause(context, stage);
    if (state === 'over')
      paintOver(context, stage, { flight, best, record: isRecord, ready: sinceOver > 0.9 });
  }

  return {
    frame(seconds, now) {
      for (const press of input.poll()) handle(press);
      if (state === 'playing') fly(seconds, input.diving());
      if (state === 'title') {
        fly(seconds * 0.8, pilotDives(flight, route));
        flight.duskX = flight.lark.x - 2300;
      }
      sinceOver += seconds;
      view.paint({ flight, sparks, now, seconds: state === 'paused' ? 0 : seconds });
      paintWords(now);
    },
  };
}
