<?php

declare(strict_types=1);

/** A short reference client of the Taobao Open Platform for PHP: its curl, json and dom extensions. */

/** The gateway answered with an error_response, whose members these are. */
final class TopError extends Exception
{
    public function __construct(public readonly object $members)
    {
        parent::__construct('TOP answers with an error');
    }
}

/** There is no answer to hand over: timeout, connection, http, parse or client. */
final class TopFailure extends Exception
{
    public function __construct(public readonly string $kind, string $message)
    {
        parent::__construct($message);
    }
}

final class TopClient
{
    /** For the connection, and for the whole call. */
    public int $timeoutMs = 10000;

    public function __construct(
        private readonly string $gateway,
        private readonly string $appKey,
        private readonly string $appSecret,
        private readonly ?string $session = null,
    ) {
    }

    /**
     * Calls a method; a parameter that is null is not sent. Returns the whole document, in XML with
     * text for every leaf, and with lists where $lists has their paths below the root; an integer
     * beyond 64 bits is text. Throws TopError and TopFailure.
     */
    public function execute(
        string $method,
        array $parameters,
        string $format = 'json',
        string $signMethod = 'md5',
        bool $simplify = false,
        array $lists = [],
    ): object {
        if ($format !== 'json' && $format !== 'xml') {
            throw new TopFailure('client', "unknown format $format");
        }
        $given = array_filter($parameters, static fn ($value) => $value !== null);
        $sent = array_map(self::text(...), $given);
        $sent['method'] = $method;
        $sent['app_key'] = $this->appKey;
        if ($this->session !== null) {
            $sent['session'] = $this->session;
        }
        $sent['timestamp'] = gmdate('Y-m-d H:i:s', time() + 8 * 3600); // GMT+8, wherever this runs
        $sent['format'] = $format;
        $sent['v'] = '2.0';
        $sent['sign_method'] = $signMethod;
        if ($simplify) {
            $sent['simplify'] = 'true';
        }
        $sent['sign'] = self::sign($sent, $this->appSecret, $signMethod);

        [$status, $body] = $this->post($sent);
        $document = $format === 'json' ? self::readJson($body) : self::readXml($body, $lists);
        $error = $document->error_response ?? null;
        if (is_object($error)) { // TOP's word, whatever the status
            throw new TopError($error);
        }
        if ($status !== 200) {
            throw new TopFailure('http', "HTTP status $status");
        }
        if ($document === null) {
            throw new TopFailure('parse', "the answer is not $format");
        }
        $root = strtr(preg_replace('/^taobao\./', '', $method), '.', '_') . '_response';
        $rootless = $simplify && $format === 'json';
        $rooted = $rootless || is_object($document->$root ?? null);
        if (!$rooted || property_exists($document, 'error_response')) {
            throw new TopFailure('parse', 'the answer has another root');
        }
        return $document;
    }

    /** A parameter on the wire: an object, and a list of them, as JSON, a list of others with commas. */
    private static function text(mixed $value): string
    {
        $nests = static fn ($item) => is_array($item) || is_object($item);
        if (is_array($value) && array_filter($value, $nests) === []) {
            return implode(',', array_map(self::text(...), $value));
        }
        $flags = JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_PRESERVE_ZERO_FRACTION;
        return is_string($value) ? $value : json_encode($value, $flags);
    }

    /** TOP's signature of what is sent. */
    public static function sign(array $sent, string $secret, string $method): string
    {
        unset($sent['sign']);
        ksort($sent, SORT_STRING);
        $text = '';
        foreach ($sent as $name => $value) {
            $text .= $name . $value;
        }
        return strtoupper(match ($method) {
            'md5' => md5($secret . $text . $secret),
            'hmac' => hash_hmac('md5', $text, $secret),
            'hmac-sha256' => hash_hmac('sha256', $text, $secret),
            default => throw new TopFailure('client', "unknown sign method $method"),
        });
    }

    /** A handle for each call: a kept connection may be dead, and curl would send the call again. */
    private function post(array $sent): array
    {
        $curl = curl_init($this->gateway);
        curl_setopt_array($curl, [
            CURLOPT_POSTFIELDS => http_build_query($sent), // as text: of an array, curl would upload @files
            CURLOPT_HTTPHEADER => ['Content-Type: application/x-www-form-urlencoded;charset=utf-8'],
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_CONNECTTIMEOUT_MS => $this->timeoutMs,
            CURLOPT_TIMEOUT_MS => $this->timeoutMs,
        ]);
        $body = curl_exec($curl);
        if ($body === false) {
            $code = curl_errno($curl);
            $kind = match ($code) {
                CURLE_OPERATION_TIMEDOUT => 'timeout',
                CURLE_URL_MALFORMAT => 'client',
                default => 'connection',
            };
            throw new TopFailure($kind, curl_strerror($code));
        }
        return [curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $body];
    }

    /** Reads an object; null if this is none. */
    private static function readJson(string $body): ?object
    {
        $document = json_decode(preg_replace('/^\xEF\xBB\xBF/', '', $body), flags: JSON_BIGINT_AS_STRING);
        return is_object($document) ? $document : null;
    }

    /** Reads a document without a DOCTYPE; null if this is none. */
    private static function readXml(string $body, array $lists): ?object
    {
        libxml_use_internal_errors(true);
        $document = new DOMDocument();
        if ($body === '' || !$document->loadXML($body, LIBXML_NONET) || $document->doctype !== null) {
            return null;
        }
        $root = $document->documentElement;
        $tree = self::tree($root, $lists);
        return (object) [$root->localName => is_string($tree) && trim($tree) === '' ? (object) [] : $tree];
    }

    /** A leaf is its text; what comes again beside itself, or is told to, makes a list. */
    private static function tree(DOMElement $element, array $lists, string $path = ''): object|string
    {
        $same = [];
        foreach ($element->childNodes as $child) {
            if ($child instanceof DOMElement) {
                $below = ltrim("$path.$child->localName", '.');
                $same[$child->localName][] = self::tree($child, $lists, $below);
            }
        }
        if (in_array($path, $lists, true)) {
            return (object) $same;
        }
        $single = static fn (array $values) => count($values) === 1 ? $values[0] : $values;
        return $same === [] ? $element->textContent : (object) array_map($single, $same);
    }
}
