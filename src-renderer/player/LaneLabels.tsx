import { Headphones, Volume2, VolumeX } from 'lucide-react'
import { keyOf } from '../app/all-keys'
import { t } from '../app/words'
import { IconButton } from '../ui'
import { soloChannel, toggleChannel, useChannels } from './channels'
import type { Lane } from './lanes'

const nameOf = ({ speaker, channel }: Lane): string =>
  speaker === null ? t('player.channel', { number: channel + 1 }) : t(`speakers.${speaker}`)

/** Who is in which lane; with two channels, each can be turned off, or heard alone. */
export function LaneLabels({ lanes }: { lanes: readonly Lane[] | null }) {
  const muted = useChannels((state) => state.muted)
  if (!lanes) return null
  if (lanes.length < 2)
    return (
      // Both speak on one channel: their colours follow the turns.
      <span className="waveform-legend">
        <span className="speaker-agent">{t('speakers.agent')}</span>
        <span className="speaker-caller">{t('speakers.caller')}</span>
      </span>
    )
  const keys = [
    { mute: 'player.muteFirst', solo: 'player.soloFirst' },
    { mute: 'player.muteSecond', solo: 'player.soloSecond' },
  ]
  return lanes.map((lane, index) => {
    const isOff = muted.has(lane.channel)
    const isAlone = !isOff && muted.size === lanes.length - 1
    const key = lanes.length === 2 ? keys[index] : undefined
    return (
      <div
        key={lane.channel}
        className={`waveform-lane speaker-${lane.speaker ?? 'unknown'}${isOff ? ' is-off' : ''}`}
      >
        <span>{nameOf(lane)}</span>
        {key ? (
          <span className="waveform-lane-buttons">
            <IconButton
              size="s"
              label={t('player.mute', { lane: nameOf(lane) })}
              isSelected={isOff}
              icon={isOff ? <VolumeX size={13} /> : <Volume2 size={13} />}
              keyHint={keyOf(key.mute)}
              tooltipAt="bottom"
              onPress={() => toggleChannel(lane.channel)}
            />
            <IconButton
              size="s"
              label={t('player.solo', { lane: nameOf(lane) })}
              isSelected={isAlone}
              icon={<Headphones size={13} />}
              keyHint={keyOf(key.solo)}
              tooltipAt="bottom"
              onPress={() => soloChannel(lane.channel, lanes.length)}
            />
          </span>
        ) : null}
      </div>
    )
  })
}
