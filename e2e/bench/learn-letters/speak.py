"""speak.py DIALOGUES FOLDER SEED CALLS [flite VOICE,VOICE...]: calls whose sounds are known, for learning letters.

Voices are drawn at random: espeak-ng's with formants, pitch, roughness and stress of their own (so that no voice of the benchmark is
among them), now and then of another language reading English. With `flite`: that program's, which were cut from people's speech.
Writes SEED-N.f32 (16 kHz, mono) and SEED-N.json: {"turns": [{"text", "end", "phones": [[startSec, phone], ...]}, ...]}.
Needs numpy, scipy, libespeak-ng and its data, flite, ffmpeg.
"""

import ctypes
import gzip
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from scipy.signal import butter, resample_poly, sosfilt

RATE = 16_000
VOICES = 60
ACCENTS = ["en-us"] * 4 + [
    "gmw/en", "en-gb-x-rp", "en-gb-scotland", "en-029", "en-us-nyc", "en-gb-x-gbclan", "en-gb-x-gbcwmd",
]
LANGUAGES = ["de", "es", "it", "fr", "nl", "pl", "pt-br", "sv", "hi", "tr"]
FOREIGN_SHARE = 0.15
DATA = "/usr/lib/x86_64-linux-gnu/espeak-ng-data"


class Espeak:
    """libespeak-ng with voices of its own, in one process: speech with the start of each phone."""

    class _Id(ctypes.Union):
        _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]

    def __init__(self, draw, folder):
        shutil.copytree(DATA, f"{folder}/espeak-ng-data")
        # The library lists 350 voices at most.
        for kind in ("!v", "mb"):
            shutil.rmtree(f"{folder}/espeak-ng-data/voices/{kind}", ignore_errors=True)
        os.makedirs(f"{folder}/espeak-ng-data/voices/!v")
        for number in range(VOICES):
            with open(f"{folder}/espeak-ng-data/voices/!v/r{number:02}", "w") as file:
                file.write(variant(draw, number))

        class Event(ctypes.Structure):
            _fields_ = [
                ("type", ctypes.c_int), ("unique", ctypes.c_uint), ("position", ctypes.c_int),
                ("length", ctypes.c_int), ("audio_ms", ctypes.c_int), ("sample", ctypes.c_int),
                ("user", ctypes.c_void_p), ("id", self._Id),
            ]

        self._waves, self._phones = [], []
        self._library = ctypes.CDLL("libespeak-ng.so.1")
        # Synchronous, with events for phones (7), these in the International Phonetic Alphabet.
        self._library.espeak_Initialize(2, 0, folder.encode(), 3)

        @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))
        def heard(wave, count, events):
            if wave and count > 0:
                self._waves.append(np.ctypeslib.as_array(wave, (count,)).copy())
            n = 0
            while events[n].type != 0:
                if events[n].type == 7:
                    self._phones.append((events[n].audio_ms / 1000, events[n].id.string.decode("utf8", "ignore")))
                n += 1
            return 0

        self._heard = heard
        self._library.espeak_SetSynthCallback(heard)

    def say(self, text, voice, words_per_minute, pitch):
        self._waves.clear()
        self._phones.clear()
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise SystemExit(f"espeak-ng has no voice {voice}")
        self._library.espeak_SetParameter(1, words_per_minute, 0)
        self._library.espeak_SetParameter(3, pitch, 0)
        bytes_ = text.encode()
        self._library.espeak_Synth(bytes_, len(bytes_) + 1, 0, 1, 0, 1, None, None)
        self._library.espeak_Synchronize()
        # 22,050 to 16,000 Hz.
        return resample_poly(np.concatenate(self._waves).astype(np.float32) / 32768, 320, 441), list(self._phones)


def variant(draw, number):
    """A voice that nobody has: a throat of some length, and what else distinguishes people."""
    length = draw.uniform(0.84, 1.16)
    low = int(70 * 2 ** draw.uniform(0, 1.5))
    lines = ["language variant", f"name r{number:02}", f"pitch {low} {int(low * draw.uniform(1.2, 1.7))}"]
    for formant in range(9):
        frequency = int(100 * length * draw.uniform(0.94, 1.06))
        lines.append(f"formant {formant} {frequency} {int(draw.uniform(70, 130))} {int(draw.uniform(75, 140))}")
    if draw.random() < 0.4:
        lines.append(f"roughness {draw.randint(1, 5)}")
    if draw.random() < 0.4:
        lines.append(f"flutter {draw.randint(1, 8)}")
    if draw.random() < 0.3:
        lines.append(f"voicing {draw.randint(60, 120)}")
    if draw.random() < 0.4:
        lines.append(f"consonants {draw.randint(60, 120)} {draw.randint(60, 120)}")
    if draw.random() < 0.4:
        lines.append("stressLength " + " ".join(str(draw.randint(110, 250)) for _ in range(8)))
    if draw.random() < 0.4:
        pairs = [(300, 700, 120, 220), (900, 1500, 60, 180), (2000, 3200, 40, 150)]
        lines.append("tone " + " ".join(f"{draw.randint(a, b)} {draw.randint(c, d)}" for a, b, c, d in pairs))
    return "\n".join(lines) + "\n"


def flite(text, voice, words_per_minute, pitch):
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        told = subprocess.run(
            ["flite", "-psdur", "-voice", voice, "--setf", f"duration_stretch={165 / words_per_minute:.3f}",
             "--setf", f"int_f0_target_mean={75 + pitch * 1.6:.0f}", "-t", text, "-o", file.name],
            capture_output=True, text=True, check=True).stdout
        raw = subprocess.run(
            ["ffmpeg", "-v", "error", "-i", file.name, "-f", "f32le", "-ac", "1", "-ar", str(RATE), "-"],
            capture_output=True, check=True).stdout
    phones, start = [], 0.0
    for phone, end in re.findall(r"(\S+):([\d.]+)(?:\s|$)", told):
        phones.append((start, f"F{phone}"))
        start = float(end)
    return np.frombuffer(raw, np.float32), phones


def in_room(samples, draw):
    wet = samples.copy()
    for _ in range(24):
        seconds = 0.004 + 0.16 * draw.random() ** 1.5
        gain = (draw.random() - 0.5) * 0.34 * np.exp(-seconds / 0.06)
        delay = int(seconds * RATE)
        if delay < len(samples):
            wet[delay:] += gain * samples[:-delay]
    return wet


def noise(count, slope, numbers):
    spectrum = np.fft.rfft(numbers.standard_normal(count))
    return np.fft.irfft(spectrum / (np.arange(len(spectrum)) + 20) ** slope, count)


def mu_law(samples):
    packed = np.round(np.sign(samples) * np.log1p(255 * np.abs(samples)) / np.log(256) * 127) / 127
    return np.sign(packed) * (256 ** np.abs(packed) - 1) / 255


def call(turns, say, voices, draw, numbers):
    """One call of two voices on one channel: its samples, and what is said in it."""
    sides = [dict(room=draw.random() < 0.5, telephone=draw.random() < 0.5, level=draw.uniform(0.5, 1.2)) for _ in voices]
    said, pieces, now = [], [], draw.uniform(0.3, 1.5)
    for who, text in turns:
        side = sides["ua".index(who)]
        if not re.search(r"\w", text):
            continue
        samples, phones = say(text, *voices["ua".index(who)])
        if len(samples) < RATE / 10:
            continue
        loud = samples[np.abs(samples) > 0.003]
        samples = samples * (0.09 * side["level"] / (np.sqrt((loud**2).mean()) + 1e-6))
        if side["room"]:
            samples = in_room(samples, draw)
        if side["telephone"]:
            samples = sosfilt(butter(2, [300, 3400], "bandpass", fs=RATE, output="sos"), samples)
        pieces.append((int(now * RATE), samples))
        end = now + len(samples) / RATE
        said.append(dict(text=text, end=end, phones=[(round(now + at, 3), phone) for at, phone in phones]))
        now = end + draw.uniform(0.1, 1.1)
    mixed = np.zeros(int((now + 1) * RATE))
    for start, samples in pieces:
        mixed[start : start + len(samples)] += samples[: len(mixed) - start]
    line = noise(len(mixed), draw.choice([0, 0.5, 0.9]), numbers)
    mixed += line / np.sqrt((line**2).mean()) * 0.09 * 10 ** (-draw.uniform(5, 40) / 20)
    mixed *= 0.95 / np.abs(mixed).max() * draw.uniform(0.3, 1)
    return (mu_law(mixed) if draw.random() < 0.3 else mixed), said


def main():
    dialogues, folder, seed, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    cut_voices = sys.argv[6].split(",") if len(sys.argv) > 6 else None
    draw, numbers = random.Random(seed), np.random.default_rng(seed)
    os.makedirs(folder, exist_ok=True)
    # Of the even ones, which the benchmark takes for development, each second.
    with gzip.open(dialogues, "rt") as lines:
        texts = [json.loads(line)["turns"] for n, line in enumerate(lines) if n % 4 == 0]
    with tempfile.TemporaryDirectory() as own:
        say = flite if cut_voices else Espeak(draw, own).say
        for number in range(count):
            turns = draw.choice(texts)
            first = draw.randrange(max(1, len(turns) - 10))

            def voice():
                if cut_voices:
                    return draw.choice(cut_voices)
                language = draw.choice(LANGUAGES if draw.random() < FOREIGN_SHARE else ACCENTS)
                return f"{language}+r{draw.randrange(VOICES):02}"

            voices = [(voice(), draw.randint(130, 210), draw.randint(25, 75)) for _ in "ua"]
            samples, said = call(turns[first : first + 10], say, voices, draw, numbers)
            samples.astype(np.float32).tofile(f"{folder}/{seed}-{number}.f32")
            with open(f"{folder}/{seed}-{number}.json", "w") as file:
                json.dump(dict(turns=said), file)


main()
