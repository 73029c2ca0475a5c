import Foundation

/// The resident memory of this process, as the kernel reports it.
enum ResidentMemory {
  /// Peak resident memory in MiB; 0 if the kernel does not report it.
  static var peakMiB: Double {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kilobytes = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
    return (kilobytes.flatMap { Double($0) } ?? 0) / 1024
  }
}
