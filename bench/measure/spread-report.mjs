import { writeFileSync } from 'node:fs';
import { Report } from './report.mjs';
import { median } from './timing.mjs';

const round = (value) => Number(value.toPrecision(4));

/** A report whose figures were measured several times: it keeps their extremes, and besides what must be reached what is aimed at. */
export class SpreadReport {
  #rows = [];
  #place = new Report();

  /**
   * Notes a figure by its samples; its value is their median.
   * @param {string} row the goal's number
   * @param {string} name
   * @param {readonly number[]} samples
   * @param {string} unit
   * @param {{ must?: number, aim?: number, better?: 'lower' | 'higher' }} [goal] without it, the figure is told for information
   */
  add(row, name, samples, unit, { must, aim, better = 'higher' } = {}) {
    const value = median(samples);
    const reaches = (goal) => (goal === undefined ? null : better === 'lower' ? value <= goal : value >= goal);
    this.#rows.push({
      name: `${row}. ${name}`,
      value: round(value),
      unit,
      goal: must === undefined ? null : round(must),
      better,
      met: reaches(must),
      min: round(Math.min(...samples)),
      max: round(Math.max(...samples)),
      samples: samples.length,
      aim: aim === undefined ? null : round(aim),
      aimMet: reaches(aim),
    });
  }

  /** Notes that a row could not be measured, and why. */
  fail(row, name, why) {
    this.#rows.push({ name: `${row}. ${name}`, value: null, unit: why, goal: null, better: 'higher', met: false });
  }

  /** Notes that a row was left out, and why. */
  skip(row, why) {
    this.#rows.push({ name: `${row}. left out`, value: null, unit: why, goal: null, better: 'higher', met: null });
  }

  /** The table, as Markdown. */
  get table() {
    const head = ['| figure | min | median | max | must | aim | |', '|---|---:|---:|---:|---:|---:|---|'];
    const lines = this.#rows.map((row) => {
      if (row.value === null) return `| ${row.name} | | | | | | **not measured**: ${row.unit.replaceAll('|', '/').split('\n')[0]} |`;
      const sign = row.better === 'lower' ? '≤' : '≥';
      const goal = (value) => (value === null ? '' : `${sign} ${value}`);
      const verdict = row.met === null ? '' : !row.met ? '**missed**' : row.aimMet ? 'aim reached' : 'met';
      return `| ${row.name} | ${row.min} | ${row.value} ${row.unit} | ${row.max} | ${goal(row.goal)} | ${goal(row.aim)} | ${verdict} |`;
    });
    return [...head, ...lines].join('\n');
  }

  /** One line about where it was measured, when, and how busy the machine was. */
  get machine() {
    return this.#place.machine;
  }

  /** Writes the figures as an array. */
  write(path) {
    writeFileSync(path, `${JSON.stringify(this.#rows, undefined, 2)}\n`);
  }
}
