/* What memory can do at most: eight independent sums for reading, plain stores for scaling. Sizes are
   multiples of 512 bytes, so there is no tail. */

typedef float lanes __attribute__((vector_size(64), aligned(64)));

float sweep_read(const float *from, float *to, long bytes) {
  const lanes *x = (const lanes *)from;
  lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0}, s4 = {0}, s5 = {0}, s6 = {0}, s7 = {0};
  long n = bytes / sizeof(lanes);
  for (long i = 0; i < n; i += 8) {
    s0 += x[i];
    s1 += x[i + 1];
    s2 += x[i + 2];
    s3 += x[i + 3];
    s4 += x[i + 4];
    s5 += x[i + 5];
    s6 += x[i + 6];
    s7 += x[i + 7];
  }
  s0 = ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
  return s0[0];
}

float sweep_scale(const float *from, float *to, long bytes) {
  const lanes *x = (const lanes *)from;
  lanes *y = (lanes *)to;
  long n = bytes / sizeof(lanes);
  for (long i = 0; i < n; i += 4) {
    y[i] = x[i] * 0.5f;
    y[i + 1] = x[i + 1] * 0.5f;
    y[i + 2] = x[i + 2] * 0.5f;
    y[i + 3] = x[i + 3] * 0.5f;
  }
  return n;
}

typedef float half_lanes __attribute__((vector_size(32), aligned(32)));
typedef double double_lanes __attribute__((vector_size(64), aligned(64)));

/* One step of the sum of squares: eight floats, widened. */
static inline double_lanes square(half_lanes x) {
  double_lanes wide = __builtin_convertvector(x, double_lanes);
  return wide * wide;
}

float sweep_norm(const float *from, float *to, long bytes) {
  const half_lanes *x = (const half_lanes *)from;
  double_lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0}, s4 = {0}, s5 = {0}, s6 = {0}, s7 = {0};
  long n = bytes / sizeof(half_lanes);
  for (long i = 0; i < n; i += 8) {
    s0 += square(x[i]);
    s1 += square(x[i + 1]);
    s2 += square(x[i + 2]);
    s3 += square(x[i + 3]);
    s4 += square(x[i + 4]);
    s5 += square(x[i + 5]);
    s6 += square(x[i + 6]);
    s7 += square(x[i + 7]);
  }
  s0 = ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
  return (float)s0[0];
}
