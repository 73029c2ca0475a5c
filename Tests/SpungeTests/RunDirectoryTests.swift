import Foundation
import Spunge
import Tensors
import TestSupport
import Testing

struct RunDirectoryTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func twoRunsInOneDirectoryAreRefused() throws {
    let path = "\(folder.path)/results/a"
    do {
      let first = try RunDirectory(path: path)
      let error = #expect(throws: LockError.self) { try RunDirectory(path: first.path) }
      let message = error?.description ?? ""
      #expect(message.contains(path) && message.contains("process \(getpid())"), "\(message)")
      _ = try RunDirectory(path: "\(folder.path)/results/b")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: path).isEmpty)
    _ = try RunDirectory(path: path)
  }

  @Test func aKilledRunLeavesItsDirectoryFree() async throws {
    let path = "\(folder.path)/a"
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let held = try RunDirectory(path: path)
      withExtendedLifetime(held) { _ = kill(getpid(), SIGKILL) }
    }
    #expect(FileManager.default.fileExists(atPath: "\(path)/.lock"))
    _ = try RunDirectory(path: path)
  }

  @Test func lockOfAnotherProcessIsSeen() throws {
    let path = "\(folder.path)/a"
    try WholeFile.makeFolder(path)
    let holder = Process()
    holder.executableURL = URL(filePath: "/usr/bin/env")
    holder.arguments = ["flock", "\(path)/.lock", "sh", "-c", "echo held; exec sleep 30"]
    let output = Pipe()
    holder.standardOutput = output
    try holder.run()
    defer { holder.terminate() }
    let greeting = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    try #require(greeting == "held\n")
    #expect(throws: LockError.self) { try RunDirectory(path: path) }
  }

  @Test func filesHaveTheirPlaces() throws {
    let run = try RunDirectory(path: "\(folder.path)/a")
    #expect(
      run.samplesFile(variant: "base", task: "arc_easy")
        == "\(folder.path)/a/samples/base/arc_easy.jsonl")
  }

  @Test func manifestReadsBack() throws {
    let run = try RunDirectory(path: "\(folder.path)/a")
    var manifest = Manifest(
      name: "a", experiment: "name: a\n", seed: .max, started: Date(timeIntervalSince1970: 1e9),
      threads: 2, machine: .current(), versions: ["OpenBLAS": "0.3"])
    manifest.inputs = [.init(role: "base", path: "${SPUNGE_MODELS}/m", sha256: "00")]
    manifest.steps = [
      .init(name: "split", key: "11", reused: false, seconds: 0.5, figures: ["documents": 3])
    ]
    manifest.warnings = ["2 documents were cut"]
    try manifest.write(to: run.manifestFile)
    manifest.status = .complete
    try manifest.write(to: run.manifestFile)
    #expect(try Manifest.read(run.manifestFile) == manifest)
    let text = try String(contentsOfFile: run.manifestFile, encoding: .utf8)
    #expect(text.contains("\"schema\" : 1"))
  }

  @Test func failedAtomicWriteLeavesTheOldFile() async throws {
    let path = try folder.write("table.md", "old")
    await #expect(processExitsWith: .success) { [path = path as String] in
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 100, rlim_max: 100)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      let error = #expect(throws: FileError.self) {
        try WholeFile.write(String(repeating: "new", count: 1000), to: path)
      }
      guard error?.description.hasPrefix(path) == true else { exit(1) }
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
    #expect(try folder.names == ["table.md"])
  }

  @Test func machineFeaturesAreReadFromProcessorInfo() {
    let info = "processor\t: 0\nmodel name\t: X\nflags\t\t: fpu avx2 avx512f avx512_bf16 sse\n"
    #expect(Machine.features(in: info) == ["avx2", "avx512f", "avx512_bf16"])
    #expect(Machine.features(in: "") == [])
    #expect(Machine.current().cores > 0)
  }

  @Test func loadedLibrariesAreFound() {
    let maps = "7f00-7f01 r-xp 0 08:01 12  /usr/lib/libopenblas.so.0\n7f02-7f03 rw-p 0 00:00 0\n"
    #expect(LoadedLibrary.file("libopenblas", in: maps) == "/usr/lib/libopenblas.so.0")
    #expect(LoadedLibrary.file("libzstd", in: maps) == nil)
    #expect(LoadedLibrary.all().allSatisfy { $0.file != nil })
  }
}
