#include "CCodecs.h"

#include <brotli/decode.h>
#include <limits.h>
#include <lz4.h>
#include <snappy-c.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

int64_t sdc_snappy(const uint8_t *source, int64_t count, uint8_t *destination, int64_t capacity) {
  size_t size = 0;
  if (snappy_uncompressed_length((const char *)source, (size_t)count, &size) != SNAPPY_OK) {
    return SDC_MALFORMED;
  }
  if (size > (size_t)capacity) return SDC_TOO_LARGE;
  // The library wants the whole capacity, not the size that the source claims.
  size = (size_t)capacity;
  snappy_status status =
      snappy_uncompress((const char *)source, (size_t)count, (char *)destination, &size);
  return status == SNAPPY_OK ? (int64_t)size : SDC_MALFORMED;
}

/// zlib counts in unsigned int: at most this much at a time.
static uInt portion(int64_t count) { return count > INT_MAX ? INT_MAX : (uInt)count; }

int64_t sdc_gzip(const uint8_t *source, int64_t count, uint8_t *destination, int64_t capacity) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  // 32: gzip and zlib headers are told apart by the library.
  if (inflateInit2(&stream, 32 + MAX_WBITS) != Z_OK) return SDC_MALFORMED;
  int64_t read = 0, written = 0, result = SDC_MALFORMED;
  while (read < count) {
    uint8_t spare;
    int isFull = written == capacity;
    stream.next_in = (z_const Bytef *)(source + read);
    stream.avail_in = portion(count - read);
    // A full destination may still be followed by the end mark of a member, which needs no room.
    stream.next_out = isFull ? &spare : destination + written;
    stream.avail_out = isFull ? 1 : portion(capacity - written);
    uInt in = stream.avail_in, out = stream.avail_out;
    int status = inflate(&stream, Z_NO_FLUSH);
    read += in - stream.avail_in;
    if (isFull && stream.avail_out != out) {
      result = SDC_TOO_LARGE;
      break;
    }
    written += out - stream.avail_out;
    if (status == Z_STREAM_END) {
      if (read == count) result = written;
      if (inflateReset(&stream) != Z_OK) break;
    } else if (status != Z_OK) {
      break;
    }
  }
  inflateEnd(&stream);
  return result;
}

int64_t sdc_zstd(const uint8_t *source, int64_t count, uint8_t *destination, int64_t capacity) {
  size_t size = ZSTD_decompress(destination, (size_t)capacity, source, (size_t)count);
  if (!ZSTD_isError(size)) return (int64_t)size;
  return ZSTD_getErrorCode(size) == ZSTD_error_dstSize_tooSmall ? SDC_TOO_LARGE : SDC_MALFORMED;
}

/// LZ4 counts in int.
static int fits(int64_t count) { return count <= INT_MAX; }

int64_t sdc_lz4(const uint8_t *source, int64_t count, uint8_t *destination, int64_t capacity) {
  if (!fits(count)) return SDC_MALFORMED;
  int room = fits(capacity) ? (int)capacity : INT_MAX;
  int size = LZ4_decompress_safe((const char *)source, (char *)destination, (int)count, room);
  return size < 0 ? SDC_MALFORMED : size;
}

static uint32_t big_endian(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/// Blocks as Hadoop writes them: both sizes, then the data.
static int64_t lz4_blocks(
    const uint8_t *source, int64_t count, uint8_t *destination, int64_t capacity) {
  int64_t read = 0, written = 0;
  while (read < count) {
    if (count - read < 8) return SDC_MALFORMED;
    int64_t unpacked = big_endian(source + read), packed = big_endian(source + read + 4);
    read += 8;
    if (packed > count - read || unpacked > capacity - written) return SDC_MALFORMED;
    if (sdc_lz4(source + read, packed, destination + written, unpacked) != unpacked) {
      return SDC_MALFORMED;
    }
    read += packed;
    written += unpacked;
  }
  return written;
}

int64_t sdc_lz4_hadoop(
    const uint8_t *source, int64_t count, uint8_t *destination, int64_t capacity) {
  int64_t size = lz4_blocks(source, count, destination, capacity);
  // Early writers left the sizes out.
  return size >= 0 ? size : sdc_lz4(source, count, destination, capacity);
}

int64_t sdc_brotli(const uint8_t *source, int64_t count, uint8_t *destination, int64_t capacity) {
  size_t size = (size_t)capacity;
  BrotliDecoderResult result =
      BrotliDecoderDecompress((size_t)count, source, &size, destination);
  return result == BROTLI_DECODER_RESULT_SUCCESS ? (int64_t)size : SDC_MALFORMED;
}

uint32_t sdc_crc32(const uint8_t *source, int64_t count) {
  return (uint32_t)crc32_z(crc32_z(0, NULL, 0), source, (size_t)count);
}

int64_t sdc_zlib_size(const uint8_t *source, int64_t count) {
  z_stream stream;
  memset(&stream, 0, sizeof stream);
  if (deflateInit(&stream, 6) != Z_OK) return -1;
  // Only the size is wanted: every full buffer is written over.
  uint8_t spare[4096];
  int64_t read = 0, written = 0;
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_in = (z_const Bytef *)(source + read);
    stream.avail_in = portion(count - read);
    uInt in = stream.avail_in;
    do {
      stream.next_out = spare;
      stream.avail_out = sizeof spare;
      status = deflate(&stream, read + in == count ? Z_FINISH : Z_NO_FLUSH);
      written += sizeof spare - stream.avail_out;
    } while (status == Z_OK && stream.avail_out == 0);
    read += in - stream.avail_in;
  }
  deflateEnd(&stream);
  return status == Z_STREAM_END ? written : -1;
}
