// Decompression by the system's libraries: snappy, zlib and libzstd.
// Every function may be called from any number of threads at once.
#ifndef CCODECS_H
#define CCODECS_H

#include <stdint.h>

/// The source is not what this codec writes, or ends too early.
#define SDC_MALFORMED (-1)
/// The decoded bytes do not fit into the destination.
#define SDC_TOO_LARGE (-2)

/// Each decodes all of source [count] into destination [capacity] and returns the number of bytes written,
/// or one of the two codes above. Nothing is written behind destination + capacity.
/// Snappy without framing.
int64_t sdc_snappy(const uint8_t *source, int64_t count, uint8_t *destination, int64_t capacity);
/// Gzip members or zlib streams, one or several behind each other.
int64_t sdc_gzip(const uint8_t *source, int64_t count, uint8_t *destination, int64_t capacity);
/// Zstandard frames, one or several behind each other.
int64_t sdc_zstd(const uint8_t *source, int64_t count, uint8_t *destination, int64_t capacity);

#endif
