#include "CCodecs.h"

#include <limits.h>
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
