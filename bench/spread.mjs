// Medians and quartiles: what all tables of measurements show.

/** The quantile `q` of values in order. */
function quantile(values, q) {
  if (values.length === 0) return NaN
  const at = (values.length - 1) * q
  const low = Math.floor(at)
  return values[low] + (values[Math.ceil(at)] - values[low]) * (at - low)
}

/** Lower quartile, median and upper quartile of those values that are numbers. */
export function spread(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b)
  return { q1: quantile(sorted, 0.25), median: quantile(sorted, 0.5), q3: quantile(sorted, 0.75) }
}
