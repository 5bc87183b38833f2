import { t } from '../app/words'
import { formatDuration } from '../ui'

/** A share (0 to 1) as whole percent. */
export const percent = (share: number): number => Math.round(share * 100)

/** Seconds with one digit behind the point: "1.4". */
export const tenths = (sec: number): string => sec.toFixed(1)

/** How long something lasts: "4.2 s", from a minute on "1:05". */
export const lengthWords = (sec: number): string =>
  sec < 60 ? t('calls.talk.seconds', { sec: tenths(sec) }) : formatDuration(sec)
