import { isNativeAccelerationEnabled } from 'msgpackr';
import { assertAnyValuesComeBack, assertCommonValuesComeBack } from './round-trip.js';

// Started with an environment that turns msgpackr's native addon off.
if (isNativeAccelerationEnabled) throw new Error('expected msgpackr without its native addon');
assertCommonValuesComeBack(1_000);
assertAnyValuesComeBack(300);
