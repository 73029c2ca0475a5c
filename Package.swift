// swift-tools-version: 6.1
import PackageDescription

/// What every Swift target is built with: an import list that tells the truth.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
]

/// C stays optimised in debug builds; no fast-math, so that sums keep their order.
let cSettings: [CSetting] = [
  .unsafeFlags(["-O3", "-fno-math-errno", "-ffp-contract=off", "-Wno-psabi"])
]

let package = Package(
  name: "spunge-eval",
  products: [.executable(name: "spunge-eval", targets: ["spunge-eval"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .target(name: "CKernels", cSettings: cSettings),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .target(
      name: "CSentencePiece", cxxSettings: [.unsafeFlags(["-O2"])],
      linkerSettings: [.linkedLibrary("sentencepiece"), .linkedLibrary("sentencepiece_train")]),
    .target(
      name: "COniguruma", cSettings: cSettings, linkerSettings: [.linkedLibrary("onig")]),
    .target(
      name: "CCodecs", cSettings: cSettings,
      linkerSettings: [
        .linkedLibrary("snappy"), .linkedLibrary("z"), .linkedLibrary("zstd"),
        .linkedLibrary("lz4"), .linkedLibrary("brotlidec"),
      ]),
    .target(
      name: "Formats",
      dependencies: [
        "CKernels", "CCodecs", .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: settings),
    .target(
      name: "Tensors", dependencies: ["Formats", "CKernels", "COpenBLAS"],
      swiftSettings: settings),
    .target(
      name: "LanguageModels",
      dependencies: [
        "Formats", "Tensors", "CSentencePiece", "COniguruma",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: settings),
    .target(
      name: "PythonText", dependencies: ["Formats"],
      swiftSettings: settings),
    .target(
      name: "Evaluation", dependencies: ["Formats", "PythonText", "Yams"],
      swiftSettings: settings),
    .target(
      name: "Reporting",
      dependencies: [
        "Formats", "PythonText", "Evaluation", .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: settings),
    .target(
      name: "Spunge",
      dependencies: [
        "Formats", "PythonText", "Tensors", "LanguageModels", "Evaluation", "Reporting", "Yams",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: settings),
    .target(
      name: "Miniature",
      dependencies: ["Formats", "Spunge", "Evaluation", "LanguageModels", "Tensors"],
      swiftSettings: settings),
    .executableTarget(
      name: "spunge-eval",
      dependencies: [
        "Miniature", "Spunge", "Reporting", "Evaluation", "LanguageModels", "Tensors",
        "PythonText", "Formats",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .target(
      name: "TestSupport", dependencies: ["Evaluation", "Tensors"], path: "Tests/TestSupport",
      swiftSettings: settings),
    .target(
      name: "SpungeTestSupport",
      dependencies: ["Spunge", "Evaluation", "Tensors", "TestSupport"],
      path: "Tests/SpungeTestSupport", swiftSettings: settings),
    .testTarget(
      name: "FormatsTests", dependencies: ["Formats", "PythonText", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "PythonTextTests", dependencies: ["PythonText", "Formats", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "TensorsTests", dependencies: ["Tensors", "Formats", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "LanguageModelsTests", dependencies: ["LanguageModels", "Tensors", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "EvaluationTests",
      dependencies: ["Evaluation", "PythonText", "Formats", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "ReportingTests",
      dependencies: [
        "Reporting", "Evaluation", "PythonText", "Formats", "TestSupport",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "SpungeTests",
      dependencies: [
        "SpungeTestSupport",
        "Spunge", "LanguageModels", "Tensors", "Evaluation", "Reporting", "Formats", "TestSupport",
        "Yams",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "SpungeTestSupport",
        "spunge-eval", "Spunge", "LanguageModels", "Tensors", "Evaluation", "Reporting", "Formats",
        "TestSupport", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "MiniatureTests",
      dependencies: [
        "Miniature", "Spunge", "Evaluation", "LanguageModels", "Reporting", "Tensors",
        "TestSupport",
      ],
      swiftSettings: settings),
    .testTarget(name: "RepositoryTests", swiftSettings: settings),
    // Not a test target: it runs for hours as readily as for seconds, and starts the built program.
    .executableTarget(
      name: "Fuzz",
      dependencies: ["Yams", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Tests/Fuzz", exclude: ["README.md", "peers.py", "kill-and-fault.py"],
      swiftSettings: settings),
  ],
  cLanguageStandard: .c17,
  cxxLanguageStandard: .cxx17
)
