// Decompression by the system's libraries: snappy, zlib, libzstd, lz4 and brotli.
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
/// One block of LZ4 without framing.
int64_t sdc_lz4(const uint8_t *source, int64_t count, uint8_t *destination, int64_t capacity);
/// Blocks of LZ4 with their sizes in front, as Hadoop frames them, or one block without framing.
int64_t sdc_lz4_hadoop(
    const uint8_t *source, int64_t count, uint8_t *destination, int64_t capacity);
/// One stream of Brotli.
int64_t sdc_brotli(const uint8_t *source, int64_t count, uint8_t *destination, int64_t capacity);

/// Bytes that source [count] takes as a zlib stream at level 6, as Python's zlib.compress has it; -1 without memory.
int64_t sdc_zlib_size(const uint8_t *source, int64_t count);

/// The checksum of gzip, zip and Parquet (polynomial 0x04C11DB7) of source [count].
uint32_t sdc_crc32(const uint8_t *source, int64_t count);

#endif
