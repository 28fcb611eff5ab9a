/* A fixed piece of work that stands in for the reference C++ engine on a machine that cannot build it: per unit, the memory
 * traffic and branching of one agent's 11x11 observation (121 cells looked up in a grid of pointers, up to 200 three-byte
 * tokens written). The reference engine's speed was measured beside it, as a multiple of it.
 *   calibrate SECONDS     prints units per second, and units per second of processor time */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
struct object { uint8_t kind, a, b, n; uint8_t features[16]; };
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec / 1e9; }
static double processor(void) { struct timespec t; clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); return t.tv_sec + t.tv_nsec / 1e9; }
int main(int count, char **words) {
  double seconds = count > 1 ? atof(words[1]) : 0.5;
  enum { SIDE = 64, AGENTS = 24, TOKENS = 200 };
  static struct object *grid[2][SIDE * SIDE];
  static uint8_t observations[AGENTS][TOKENS * 3];
  uint32_t seed = 42;
  for (int i = 0; i < SIDE * SIDE; i++) {
    seed = seed * 1664525u + 1013904223u;
    if (seed >> 24 < 30) { struct object *o = calloc(1, sizeof *o); o->kind = seed >> 8; o->n = 2 + (seed >> 12) % 4; grid[seed >> 31][i] = o; }
  }
  double start = now(), busy = processor(), end;
  long units = 0;
  uint64_t sum = 0;
  do {
    for (int a = 0; a < AGENTS; a++, units++) {
      seed = seed * 1664525u + 1013904223u;
      int row = 6 + (seed >> 16) % 52, col = 6 + (seed >> 8) % 52, written = 0;
      memset(observations[a], 255, sizeof observations[a]);
      for (int d = 0; d <= 10; d++)
        for (int dr = -d; dr <= d; dr++) {
          int dc = d - abs(dr);
          if (abs(dr) > 5 || dc > 5) continue;
          for (int s = -1; s <= 1; s += 2) {
            if (dc == 0 && s == 1) continue;
            for (int layer = 0; layer < 2; layer++) {
              struct object *o = grid[layer][(row + dr) * SIDE + col + s * dc];
              if (!o) continue;
              for (int f = 0; f < o->n && written < TOKENS; f++, written++) {
                uint8_t *t = &observations[a][written * 3];
                t[0] = (uint8_t)((dr + 5) << 4 | (s * dc + 5)); t[1] = (uint8_t)f; t[2] = o->features[f];
              }
            }
          }
        }
      sum += observations[a][(seed >> 20) % 600];
    }
    end = now();
  } while (end - start < seconds);
  busy = processor() - busy;
  printf("%.0f %.0f (checksum %llu)\n", units / (end - start), units / busy, (unsigned long long)sum);
  return 0;
}
